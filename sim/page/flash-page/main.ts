import 'esp-web-tools/dist/web/install-button.js';
import type { FlashPageContents } from './contents.js';
import { SettingsClient, textOf } from './settings-client.js';
import type { WebSerialPort } from './settings-client.js';

/** Web Serial, which the types of the DOM do not have. */
interface Serial {
  requestPort(): Promise<WebSerialPort>;
}

/** Milliseconds that a device has to start and to connect, after which the page stops asking. */
const CONNECT_TIME = 90_000;
const ASK_INTERVAL = 300;
/** A restart begins 3 s after the answer; until then the device is as it was. */
const STATUS_CONNECTED = 'connected to ';
const STATUS_RESTARTING = 'restarting';

const form = element('form', HTMLFormElement);
const buttons = [element('send', HTMLButtonElement), element('look', HTMLButtonElement)];
const outcome = element('outcome', HTMLParagraphElement);

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

function webSerial(): Serial | undefined {
  return (navigator as { serial?: Serial }).serial;
}

function say(text: string, kind: '' | 'good' | 'bad' = ''): void {
  outcome.hidden = false;
  outcome.className = `notice ${kind}`;
  outcome.textContent = text;
}

async function showContents(): Promise<void> {
  const response = await fetch('tagwire-flash-page.json');
  if (!response.ok) throw new Error(`tagwire-flash-page.json: ${response.status}`);
  const { version, builds } = (await response.json()) as FlashPageContents;
  const chips = builds.map(({ chip }) => chip).join(', ');
  element('version', HTMLParagraphElement).textContent = `Version ${version} for ${chips}`;
  const takesSettings = builds.some(({ improv }) => improv);
  element('settings', HTMLElement).hidden = !takesSettings;
  element('asks', HTMLSpanElement).hidden = !takesSettings;
  element('files', HTMLDivElement).replaceChildren(...builds.map(tableOf));
}

function tableOf({ chip, built, parts }: FlashPageContents['builds'][number]): HTMLElement {
  const table = document.createElement('table');
  table.createCaption().textContent = built === '' ? chip : `${chip}, built ${built}`;
  const head = table.createTHead().insertRow();
  for (const title of ['file', 'from', 'bytes', 'SHA-256']) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = title;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const { path, offset, bytes, sha256 } of parts) {
    const row = body.insertRow();
    for (const text of [
      path.slice(path.lastIndexOf('/') + 1),
      `0x${offset.toString(16)}`,
      bytes.toLocaleString('en'),
    ]) {
      row.insertCell().textContent = text;
    }
    const hash = row.insertCell();
    hash.className = 'hash';
    hash.textContent = sha256;
  }
  return table;
}

/** The settings that the form gives, but for Wi-Fi. Throws an Error of one line. */
async function settingsOf(given: FormData): Promise<Map<string, string>> {
  const settings = new Map<string, string>();
  for (const name of ['broker', 'username', 'brokerPassword', 'gateway']) {
    const value = String(given.get(name) ?? '');
    const text = name === 'brokerPassword' ? value : value.trim();
    if (text !== '') settings.set(name, text);
  }
  const authority = given.get('ca');
  if (authority instanceof File && authority.size > 0) settings.set('ca', (await authority.text()).trim() + '\n');
  for (const line of String(given.get('more') ?? '').split('\n')) {
    if (line.trim() === '') continue;
    const at = line.indexOf('=');
    if (at < 1) throw new Error(`more settings: key=value is expected, got “${line.trim()}”`);
    settings.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return settings;
}

/** Opens a port that the user chooses, and hands the device at it to `work`. */
async function withDevice(work: (client: SettingsClient) => Promise<void>): Promise<void> {
  const serial = webSerial();
  if (!serial) return;
  for (const button of buttons) button.disabled = true;
  let client: SettingsClient | undefined;
  try {
    const port = await serial.requestPort();
    say('Connecting to the board …');
    client = await SettingsClient.connect(port);
    await work(client);
  } catch (error) {
    // Without a choice there is no port, and nothing to say.
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) say(textOf(error), 'bad');
  } finally {
    await client?.close().catch(() => undefined);
    for (const button of buttons) button.disabled = false;
  }
}

async function store(client: SettingsClient): Promise<void> {
  const given = new FormData(form);
  const settings = await settingsOf(given);
  const ssid = String(given.get('ssid') ?? '');
  if (ssid === '' && settings.size === 0) throw new Error('nothing to store: every field is empty');
  if (ssid !== '') {
    say(`${client.identity}: trying the network “${ssid}” …`);
    await client.join(ssid, String(given.get('password') ?? ''));
  }
  if (settings.size > 0) {
    say(`${client.identity}: storing …`);
    await client.store(settings);
  }
  await follow(client);
}

/** Shows how the device is until it is connected. */
async function follow(client: SettingsClient): Promise<void> {
  const end = Date.now() + CONNECT_TIME;
  let last = '';
  // What it says before its restart is of the old settings.
  let restarts = false;
  while (Date.now() < end) {
    const status = await client.status().catch(() => STATUS_RESTARTING);
    if (status === STATUS_RESTARTING) restarts = true;
    else last = status;
    if (status.startsWith(STATUS_CONNECTED)) return say(`Stored. The device is ${status}.`, 'good');
    if (status.includes(' is missing')) return say(`Stored, but the device needs more: ${status}`, 'bad');
    say(restarts && last === '' ? 'Stored; the device restarts …' : `Stored; the device: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_INTERVAL));
  }
  say(`Stored, but the device is not connected after ${CONNECT_TIME / 1000} s: ${last || 'it does not answer'}`, 'bad');
}

async function look(client: SettingsClient): Promise<void> {
  const status = await client.status();
  say(`${client.identity}: ${status}`, status.startsWith(STATUS_CONNECTED) ? 'good' : '');
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void withDevice(store);
});
element('look', HTMLButtonElement).addEventListener('click', () => void withDevice(look));

if (!webSerial()) {
  const notice = element('unsupported', HTMLParagraphElement);
  notice.hidden = false;
  notice.textContent = isSecureContext
    ? 'This browser cannot reach a board over USB (Web Serial): use Chrome or Edge on a computer.'
    : 'A browser reaches a board over USB only from a page with https, or from localhost.';
  for (const button of buttons) button.disabled = true;
  element('install', HTMLButtonElement).disabled = true;
}
showContents().catch((error: unknown) => {
  element('version', HTMLParagraphElement).textContent = `What is to be written is not known: ${textOf(error)}`;
});
