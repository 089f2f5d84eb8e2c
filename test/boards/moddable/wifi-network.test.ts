import { describe, expect, it } from 'vitest';
import { WifiFault, WifiNetwork, WifiState } from '../../../boards/moddable/wifi-network.js';
import { VirtualBoard } from './support/platform.js';
import { ScriptedRadio } from './support/scripted-wifi.js';

const HOME = { ssid: 'home', password: 'correct horse', dhcp: true };

function bench(target = { ssid: 'home', password: 'correct horse' }) {
  const board = new VirtualBoard();
  const radio = new ScriptedRadio(board);
  radio.accessPoint = { ...HOME };
  const network = new WifiNetwork(radio.Wifi, radio.net, target, board);
  const changes: boolean[] = [];
  network.watch((up) => changes.push(up));
  return { board, radio, network, changes };
}

describe('WifiNetwork', () => {
  it('joins, and says at which address and how strong', () => {
    const { board, network, changes } = bench();
    network.start();
    expect([network.state, network.up, network.rssi(), network.address]).toEqual([WifiState.joining, false, 0, '']);
    board.time.run(5000);
    expect([network.state, network.up, network.rssi(), network.address]).toEqual([
      WifiState.up,
      true,
      -61,
      '192.0.2.7',
    ]);
    expect(changes).toEqual([true]);
    expect(board.lines).toEqual(['Wi-Fi: joining "home"', 'Wi-Fi: up at 192.0.2.7, -61 dBm']);
  });

  it('joins again by itself when the network was lost', () => {
    const { board, radio, network, changes } = bench();
    network.start();
    board.time.run(100000);
    radio.lose();
    board.time.run(1);
    expect([network.up, network.fault]).toEqual([false, WifiFault.lost]);
    expect(board.lines.at(-1)).toBe('Wi-Fi: lost "home"; next attempt in 1 s');
    board.time.run(10000);
    expect([network.up, network.fault]).toEqual([true, WifiFault.none]);
    expect(changes).toEqual([true, false, true]);
  });

  it('tells a wrong password, and tries rarely, because a weak signal looks the same', () => {
    const { board, radio, network } = bench({ ssid: 'home', password: 'wrong horse' });
    network.start();
    board.time.run(3000);
    expect([network.state, network.fault]).toEqual([WifiState.waiting, WifiFault.wrongPassword]);
    expect(board.lines.at(-1)).toBe('Wi-Fi: wrong password for "home"; next attempt in 30 s');
    expect(board.lines.join('\n')).not.toContain('horse');
    board.time.run(3600000);
    expect(radio.attempts).toBeGreaterThan(7);
    expect(radio.attempts).toBeLessThan(14);
    expect(board.lines.at(-1)).toBe('Wi-Fi: wrong password for "home"; next attempt in 600 s');
    radio.accessPoint = { ...HOME, password: 'wrong horse' };
    board.time.run(610000);
    expect(network.up).toBe(true);
  });

  it('waits longer from attempt to attempt for an access point that is away, at most a minute', () => {
    const { board, radio, network } = bench();
    radio.accessPoint = undefined;
    network.start();
    board.time.run(3000);
    expect(network.fault).toBe(WifiFault.noAccessPoint);
    expect(board.lines.at(-1)).toBe('Wi-Fi: no access point "home" in reach, or it refuses; next attempt in 1 s');
    board.time.run(600000);
    expect(board.lines.at(-1)).toContain('next attempt in 60 s');
    radio.accessPoint = HOME;
    board.time.run(64000);
    expect(network.up).toBe(true);
  });

  it('gives up an attempt of which nothing is heard', () => {
    const { board, radio, network } = bench();
    radio.silent = true;
    network.start();
    board.time.run(45000);
    expect(network.fault).toBe(WifiFault.noAccessPoint);
    expect(board.lines.at(-1)).toBe('Wi-Fi: no access point "home" answered; next attempt in 1 s');
    radio.silent = false;
    board.time.run(5000);
    expect(network.up).toBe(true);
  });

  it('gives up an access point without DHCP, and tries again', () => {
    const { board, radio, network, changes } = bench();
    radio.accessPoint = { ...HOME, dhcp: false };
    network.start();
    board.time.run(3000);
    expect(network.state).toBe(WifiState.addressing);
    board.time.run(30000);
    expect([network.fault, radio.leaves]).toEqual([WifiFault.noAddress, 1]);
    expect(board.lines.filter((line) => line.includes('DHCP'))[0]).toBe(
      'Wi-Fi: no address from DHCP in 30 s; next attempt in 1 s',
    );
    expect(changes).toEqual([]);
    radio.accessPoint = HOME;
    board.time.run(70000);
    expect(network.up).toBe(true);
  });

  it('takes the time-out of DHCP that ESP8266 tells', () => {
    const { board, radio, network } = bench();
    radio.accessPoint = { ...HOME, dhcp: false };
    network.start();
    board.time.run(3000);
    radio.tell('lostIP');
    board.time.run(1);
    expect([network.state, network.fault]).toEqual([WifiState.waiting, WifiFault.noAddress]);
    expect(board.lines.at(-1)).toBe('Wi-Fi: no address from DHCP; next attempt in 1 s');
  });

  it('survives a driver that refuses', () => {
    const { board, radio, network } = bench();
    radio.broken = true;
    network.start();
    expect([network.state, network.fault]).toEqual([WifiState.waiting, WifiFault.driver]);
    expect(board.lines.at(-1)).toBe('Wi-Fi: the driver refused: esp_wifi_connect failed; next attempt in 1 s');
    radio.broken = false;
    board.time.run(10000);
    expect(network.up).toBe(true);
  });

  it('starts its waits small again only after a network that held', () => {
    const { board, radio, network } = bench();
    network.start();
    const waits: string[] = [];
    for (const held of [1000, 1000, 1000, 61000]) {
      while (!network.up) board.time.run(100);
      board.time.run(held);
      radio.lose();
      board.time.run(1);
      waits.push(board.lines.at(-1)!.replace(/.* in /, ''));
    }
    expect(waits).toEqual(['1 s', '2 s', '4 s', '1 s']);
  });

  it('leaves at stop, and says so', () => {
    const { board, radio, network, changes } = bench();
    network.start();
    board.time.run(5000);
    network.stop();
    expect([network.state, network.up, changes]).toEqual([WifiState.stopped, false, [true, false]]);
    board.time.run(100000);
    expect([radio.attempts, board.time.pending]).toEqual([1, 0]);
    network.start();
    board.time.run(5000);
    expect(network.up).toBe(true);
  });

  it('joins another network, once the one before is left', () => {
    const { board, radio, network, changes } = bench();
    const outcomes: WifiFault[] = [];
    network.onAttempt = (fault) => outcomes.push(fault);
    network.start();
    board.time.run(5000);
    radio.accessPoint = { ssid: 'shed', password: 'battery staple', dhcp: true };
    network.join({ ssid: 'shed', password: 'battery staple' });
    expect([network.up, network.target.ssid]).toEqual([false, 'shed']);
    board.time.run(5000);
    expect([network.up, changes, outcomes]).toEqual([true, [true, false, true], [WifiFault.none, WifiFault.none]]);
    expect(network.failures).toBe(0);
    network.join({ ssid: 'away' });
    board.time.run(4000);
    expect([network.state, outcomes.at(-1)]).toEqual([WifiState.waiting, WifiFault.noAccessPoint]);
  });

  it('joins another network at once where it waits for the next attempt, or was stopped', () => {
    const { board, network } = bench({ ssid: 'home', password: 'wrong horse' });
    network.start();
    board.time.run(3000);
    expect(network.state).toBe(WifiState.waiting);
    network.join(HOME);
    board.time.run(5000);
    expect(network.up).toBe(true);
    network.stop();
    network.join(HOME);
    board.time.run(5000);
    expect(network.up).toBe(true);
  });
});
