import type { Command } from 'commander';
import { RELAY_TOPICS } from '../scanner/mqtt-advertisements.js';
import { addTlsFlags } from './connection-flags.js';
import { addGatewayFlags } from './gateway-flags.js';
import type { SimFlags } from './gateway-flags.js';
import { topicFilters } from './parse-values.js';
import { runSimulation } from './sim.js';
import { addConfigurationFlags, givenSettings, givenText } from './sim-configuration.js';

const EXAMPLES = `
Hears the advertisements that OpenMQTTGateway, Theengs Gateway, Ruuvi Gateway, Shelly, Tasmota and RouterOS relay over
MQTT, decodes them, and reports the readings as a gateway with a radio does. Without --broker it reports to the broker
that it hears them on. Topics, unless --from-topic or the URL names others:
  ${RELAY_TOPICS.join(' ')}

Examples:
  $ tagwire gateway --from mqtt://localhost
  $ tagwire gateway --from mqtt://localhost --cloud home-assistant --gateway attic
  $ tagwire gateway --from mqtt://ann:secret@localhost --from-topic 'home/+/BTtoMQTT/#' --broker mqtts://broker.example
  $ tagwire gateway --from mqtt://localhost/ruuvi/+/+ --set 'policies=ruuvi5 interval=30 temperature=0.2' --json

OpenMQTTGateway relays advertisements with pubadvdata or extDecoderEnable; see docs/relays.md.

Exit codes: 0 success, 1 readings were lost, 2 bad input.
`;

/** Adds `tagwire gateway`. */
export function addGatewayCommand(program: Command): void {
  const command = program
    .command('gateway')
    .description('report the tags that other gateways hear: their advertisements come over MQTT')
    .requiredOption('--from <url>', 'mqtt(s)://[user[:password]@]host[:port][/topic] where other gateways are heard')
    .option('--from-topic <filter>', 'topic of other gateways; may be repeated', topicFilters)
    .addHelpText('after', EXAMPLES)
    .action(async (given: SimFlags) => {
      const settings = givenSettings(given, command);
      const broker = given.broker ?? (givenText(settings, 'broker') === undefined ? [given.from!] : undefined);
      const flags: SimFlags = { ...given, ...(broker && { broker }), engine: 'node', seed: 1 };
      process.exitCode = await runSimulation(flags, settings, program.version() ?? '');
    });
  addGatewayFlags(command, 'relay');
  addConfigurationFlags(command);
  addTlsFlags(command);
}
