import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ESP8266_LIMITS } from '../../boards/esp8266/limits.js';
import { TOP } from '../support/folders.js';
import { BLOCK, BOARD_STACK } from '../xs/chip.js';

it.each(['esp32/manifest_base.json', 'esp8266/manifest.json'])(
  'boards/%s has what the C code of its sockets names',
  (path) => {
    const { modules } = JSON.parse(readFileSync(join(TOP, 'boards', path), 'utf8')) as {
      modules: Record<string, string | string[]>;
    };
    const files = Object.values(modules).flat();
    const has = (file: string): boolean => files.some((each) => each.endsWith(file));
    // modules/io/socket/lwip/tcp.c of the SDK (8.2.3) has the listener in it, which only listener.js declares.
    expect(['socket/lwip/tcp', 'socket/lwip/listener', 'socket/lwip/udp', 'common/builtinCommon'].map(has)).toEqual(
      Array.from({ length: 4 }, () => true),
    );
  },
);

it.each(['esp32/manifest_base.json', 'esp8266/manifest.json'])(
  'boards/%s has no socket and no SNTP of the SDK',
  (path) => {
    const { include, modules, preload } = JSON.parse(readFileSync(join(TOP, 'boards', path), 'utf8')) as {
      include: string[];
      modules: Record<string, string[]>;
      preload: string[];
    };
    // Each of these includes both (8.2.3). So the module net, which is needed, is named file by file.
    const both = /manifest_net|network\/(net|socket|sntp)\//;
    expect(include.filter((file) => both.test(file))).toEqual([]);
    const net = modules['*']!.filter((file) => file.includes('/network/net/'));
    expect(net.map((file) => file.split('/network/net/')[1])).toEqual(['net', 'esp/modNet', 'esp/modResolve']);
    expect(preload).toContain('net');
  },
);

it('boards/esp8266 has stack and block as measured, and subtracts the stack from what it says is free', () => {
  const { creation } = JSON.parse(readFileSync(join(TOP, 'boards/esp8266/manifest.json'), 'utf8')) as {
    creation: { stack: number; static: number };
  };
  expect(creation).toMatchObject({ stack: BOARD_STACK, static: BLOCK });
  expect(ESP8266_LIMITS.heaps).toMatchObject({ chunks: BLOCK - 16 * BOARD_STACK, shared: true });
});
