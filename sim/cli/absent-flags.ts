import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

const MQTT5 = 'it belongs to MQTT 5, and Tagwire speaks MQTT 3.1.1';
const PSK = 'Tagwire has no TLS with pre-shared keys; use --cafile';
const ENGINE = 'Node.js takes private keys from files only; use --key';

/** Flags of mosquitto_pub and mosquitto_sub that Tagwire does not have, and why. */
const ABSENT: readonly (readonly [flags: string, reason: string])[] = [
  ['-A <address>', 'Tagwire lets the system choose the local address'],
  ['-D, --property <values...>', MQTT5],
  ['-x <interval>', MQTT5],
  ['-e <topic>', MQTT5],
  ['-I, --id-prefix <prefix>', 'give the whole client identifier with -i'],
  ['-M <number>', 'Tagwire keeps as many messages in flight as its memory has room for'],
  ['-S', 'Tagwire looks up no SRV records; give the host with -h'],
  ['-o <file>', 'Tagwire reads no file of options'],
  ['--ciphers <list>', 'Tagwire takes the ciphers of Node.js; set them with NODE_OPTIONS=--tls-cipher-list=…'],
  ['--nodelay', 'Tagwire always turns off the delay of TCP'],
  ['--proxy <url>', 'Tagwire connects to the broker without a proxy'],
  ['--psk <key>', PSK],
  ['--psk-identity <identity>', PSK],
  ['--tls-engine <engine>', ENGINE],
  ['--tls-engine-kpass-sha1 <hash>', ENGINE],
  ['--keyform <form>', ENGINE],
  ['--tls-use-os-certs', 'give the authorities of the system with --capath /etc/ssl/certs'],
  ['--unix <path>', 'Tagwire connects over TCP only'],
];

/** Makes each of these flags end with its reason instead of "unknown option". */
export function refuseAbsentFlags(command: Command): void {
  for (const [flags, reason] of ABSENT) {
    const option = new Option(flags).hideHelp();
    const refuse = (): never => {
      throw new InvalidArgumentError(`Not supported: ${reason}.`);
    };
    command.addOption(option.argParser(refuse));
    // commander parses no argument of a flag that takes none.
    if (!option.required) command.on(`option:${option.name()}`, () => command.error(`error: ${flags}: ${reason}`));
  }
}
