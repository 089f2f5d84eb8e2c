import { frozen } from '../frozen.js';
import type { Menu } from '../menu.js';
import { scriptCommands } from '../script-commands.js';
import { bluetoothMenu } from './bluetooth.js';
import { logMenu } from './log.js';
import { mqttMenu } from './mqtt.js';
import { systemMenu } from './system.js';

/** All menus. */
export const rootMenu: Menu = frozen({
  name: '',
  help: '',
  menus: [
    {
      name: 'iot',
      help: 'brokers and tags',
      menus: [bluetoothMenu, mqttMenu],
      commands: [],
      present: (services) => services.brokers !== undefined || services.bluetooth !== undefined,
    },
    logMenu,
    systemMenu,
  ],
  commands: scriptCommands(),
});
