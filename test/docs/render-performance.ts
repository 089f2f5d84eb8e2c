import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readResults } from '../bench/results.js';
import type { Results } from '../bench/results.js';
import { FIGURES, PARTS } from '../bench/rows.js';
import type { Part, Row } from '../bench/rows.js';
import { budgetLines, figuresOf, ratios, showFigure } from '../bench/table.js';
import { TOP } from '../support/folders.js';
import { drawBars, THEME_NAMES } from './performance-plots.js';
import type { Plot } from './performance-plots.js';

export const PERFORMANCE_FILE = 'docs/performance.md';
const IMAGES = 'docs/images';
/** What the names of all plots begin with. */
const PREFIX = 'performance-';

/** A chapter of the document. */
interface Section {
  part: Part;
  title: string;
  /** What is measured, without a figure. */
  text: string;
  plots?: Omit<Plot, 'rows' | 'label'>[];
  /** Which rows a plot shows; default all. */
  shows?: Record<string, RegExp>;
}

const SECTIONS: Section[] = [
  {
    part: 'publish',
    title: 'Publish',
    text: `A client publishes until the broker has taken the last message. For QoS 1 that is the last PUBACK;
behind QoS 0 one message of QoS 1 is sent, and its PUBACK is awaited. \`mosquitto_pub\` is measured as a process,
from its start until the broker has read its DISCONNECT.

The **sink** is a broker in a process of its own that reads, acknowledges and does nothing else. Its own limit is
measured with packets that were made beforehand. Mosquitto does all that a broker has to do for each message, and
where that takes the whole of its time, no client can be faster: such a row says "limited by the broker", and the
CPU time of the clients tells them apart.

With QoS 1 all sides have the same window, which is how many messages are without a PUBACK at most. Neither MQTT.js
nor Tagwire keeps to one by itself; a program that does can refill it on each PUBACK, or when half of it is free.
Both are tried for both, and what is faster is taken. In the rows "best windows" each side has what served it best
of 64, 256, 1,000 and 4,000.

Mosquitto sends each PUBACK by itself. With a large window, \`NodeTransport\` waits a millisecond behind each read, so
that one read brings many ([decision 0044](decisions/0044-reads-that-wait.md)); that also spares the broker the work of
waking its client. Mosquitto is done with 64 messages in less than the millisecond that is Node's shortest sleep, so
with a window of 64 nothing waits. What is left there is nearly all system calls: the limit of the row, our
transport with packets that were made beforehand and no client, takes as much.

By default Mosquitto lets its kernel hold back small packets (Nagle's algorithm). Our rows have \`set_tcp_nodelay
true\` in mosquitto.conf, except for "Mosquitto as installed". There a client that refills its window by halves waits up
to 40 ms for each half, until the kernel acknowledges what it has received.`,
    plots: [
      { name: 'publish-qos0', title: 'Publish with QoS 0, messages a second', figure: 'perSecond' },
      { name: 'publish-qos1', title: 'Publish with QoS 1, messages a second', figure: 'perSecond' },
      { name: 'publish-cpu', title: 'Publish, CPU time of the client', figure: 'cpuMicroseconds' },
    ],
    shows: { 'publish-qos0': /^QoS 0/, 'publish-qos1': /^QoS 1/ },
  },
  {
    part: 'receive',
    title: 'Receive',
    text: `The sink sends messages that it made beforehand, as fast as a client takes them; with QoS 1 at most
1,000 are without a PUBACK. Through Mosquitto, another process publishes packets that were made beforehand. All
clients count the messages; \`mosquitto_sub\` also prints them, to /dev/null.`,
    plots: [
      { name: 'receive', title: 'Receive, messages a second', figure: 'perSecond' },
      { name: 'receive-cpu', title: 'Receive, CPU time of the client', figure: 'cpuMicroseconds' },
    ],
  },
  {
    part: 'round-trip',
    title: 'Publish and receive',
    text: `One client publishes what it is subscribed to, through Mosquitto. *One at a time*: a message is
published when the one before it has come back, so the rate is that of round trips. *Many at a time*: each side
has the window that served it best of 16, 64, 256 and 1,000.`,
    plots: [{ name: 'round-trip', title: 'Publish and receive, messages a second', figure: 'perSecond' }],
  },
  {
    part: 'stored',
    title: 'Stored messages',
    text: `A client with a persistent session loses its broker, and is given 10,000 messages of QoS 1 meanwhile.
The broker returns; the clock runs from its CONNACK to the last PUBACK. Tagwire keeps the messages in a
\`MessageQueue\`, in memory or in the log that a board has on flash, which is a file here. MQTT.js keeps them in
memory; it has no store on disk.`,
    plots: [{ name: 'stored', title: '10,000 stored messages until empty', figure: 'milliseconds' }],
  },
  {
    part: 'start',
    title: 'Start to first message',
    text: `From the start of a process until the sink has its first message, of QoS 0. The program is the shortest
one that publishes a message with the library: ours imports \`tagwire/connection\`, \`tagwire/mqtt\` and
\`tagwire/sim\`. CPU time is that of the whole process, to its end.`,
    plots: [{ name: 'start', title: 'Start of a process to its first message', figure: 'milliseconds' }],
  },
  {
    part: 'connections',
    title: 'Many connections',
    text: `One process opens so many connections to the sink, and publishes one message on each. The clock runs
from the first CONNECT to the last PUBACK. Memory is the growth of heap and buffers after a garbage collection.
The transports of Tagwire share their buffers (\`shares\` of \`NodeTransport\`), as those of \`tagwire fleet\` do;
[scale.md](scale.md#cost-of-a-device) has the memory of a whole device of a fleet.`,
    plots: [
      { name: 'connections', title: 'All connect and publish', figure: 'milliseconds' },
      { name: 'connections-memory', title: 'Memory of a connection', figure: 'kibibytesEach' },
    ],
  },
  {
    part: 'gateway',
    title: 'The gateway',
    text: `The gateway of \`tagwire sim\` hears 200 tags in turn. Advertisements that change nothing go through
filters, decoder, tag table, presence and report policies, and end there. Advertisements that each bring a new
reading are all reported: stored in the outbox, written as JSON, published with QoS 1, and counted at their
PUBACK.

The rows with \`--store\`, which keeps readings on disk, are to Mosquitto.`,
    plots: [{ name: 'gateway', title: 'The gateway, advertisements a second', figure: 'perSecond' }],
    shows: { gateway: /^advertisements/ },
  },
  {
    part: 'codec',
    title: 'Packets',
    text: `\`writePublishHeader\` and the payload into an arena, against \`generate\` of mqtt-packet; and
\`Parser.next\` over 1,000 packets in one buffer, against \`parse\` of mqtt-packet over the same buffer. The work
is not quite the same: our caller encodes a topic once, passes bytes, and gets ranges instead of objects. That is
how the firmware works, and it accounts for most of the difference. Both run in one process, as do the rows below.`,
  },
  {
    part: 'log',
    title: 'The log in a file',
    text: `A log in a file, the medium of \`tagwire sim --store\`, takes 100,000 records of 68 bytes, which are
then read and marked. Each rate counts until the disk has all of it.`,
  },
  {
    part: 'tags',
    title: 'Decode advertisements',
    text: `One collected advertisement of each format, decoded again and again. No peer does the same.`,
  },
];

const AFTERWORD = [
  '## Measure it',
  '',
  '```sh',
  'npm run bench                     # all parts, as tables',
  'npm run bench -- --only publish   # one part; --help lists them',
  'npm run bench -- --quick          # a tenth of the work',
  'npm run bench -- --update         # writes test/performance.json, this page and its plots',
  'npm run performance               # writes this page and its plots from test/performance.json',
  '```',
  '',
  'It needs Mosquitto and its clients (Debian: `mosquitto`, `mosquitto-clients`), and Linux for the column *broker',
  'busy*. On a machine with two processors nothing else should run: the client has one, the broker the other.',
  '',
  'What is measured elsewhere: memory and instructions on a chip in [memory.md](memory.md), what the log costs a flash',
  'in [outbox.md](outbox.md), fleets in [scale.md](scale.md).',
];

const thousands = (text: string): string =>
  text.replaceAll(/\b\d{4,}\b/g, (digits) => Number(digits).toLocaleString('en'));

/** The document of `results`. The figures of the text are all theirs. */
export function renderPerformance(results: Results): string {
  const { machine, date, load, quick } = results;
  const { cpu, processors, memoryGib, system, node, mosquitto, mqttjs } = machine;
  const lines = [
    '<!-- Made by `npm run performance` from test/performance.json. Do not edit. -->',
    '',
    '# Performance on Node',
    '',
    ...(quick ? ['> **From a quick run**: it shows what is measured. None of its figures is to be quoted.', ''] : []),
    ...wrap(
      `Measured on ${date} by \`npm run bench -- --update\` on ${cpu}, ${processors} processors, ${memoryGib} GiB, ` +
        `${system}; load before ${load}; Node ${node}, Mosquitto ${mosquitto ?? 'absent'}, MQTT.js ${mqttjs}. Rates ` +
        'depend on the machine; ratios depend on it less. Memory and ROM of a chip are in [memory.md](memory.md).',
    ),
    ...wrap(
      'All sides of a row do the same work in the same run, in turn. Clients are processes of their own. Where a ' +
        'rate is measured, they do a quarter of the work before the clock starts, except for the tools of Mosquitto, ' +
        'which need no warm-up. Each message has 64 bytes of payload, the same topic and the same QoS, and ' +
        'TCP_NODELAY is set. A figure is the median of the rounds, with the lowest and the highest in brackets.',
    ),
    ...wrap(
      '*CPU* is the processor time of the process, all threads. *Broker busy* is the share of the clock in which the ' +
        "broker's processor worked. *Clock* and *CPU ratio* tell how many times as good Tagwire is: 2 is twice as " +
        'fast, or half the CPU time.',
    ),
    ...overview(results),
  ];
  for (const { part, title, text, plots = [] } of SECTIONS) {
    const measured = results.parts[part];
    if (!measured || measured.rows.length === 0) continue;
    lines.push(`## ${title}`, '', ...text.split('\n\n').flatMap((paragraph) => wrap(paragraph.replaceAll('\n', ' '))));
    if (measured.date !== date) lines.push(`Measured on ${measured.date}.`, '');
    for (const plot of plots) lines.push(...picture(plot.name, plot.title));
    for (const row of measured.rows) lines.push(...table(row));
  }
  lines.push(...AFTERWORD);
  return `${lines.join('\n').trimEnd()}\n`;
}

/** A paragraph, in lines of at most 120 characters. */
function wrap(text: string): string[] {
  return [...text.matchAll(/\S.{0,119}(?=\s|$)/g)].map(([line]) => line).concat('');
}

/** The rows that have a budget, or MQTT.js beside ours. */
function overview({ parts }: Results): string[] {
  const lines = ['| | Tagwire | MQTT.js | clock | CPU ratio | budget |', '|---|--:|--:|--:|--:|---|'];
  for (const part of PARTS) {
    for (const row of parts[part]?.rows ?? []) {
      const peer = row.sides.find(({ name }) => name === 'MQTT.js');
      const budgets = budgetLines(row).map((line) => line.replace('budget ', ''));
      if (!peer && budgets.length === 0) continue;
      const { clock = '', cpu = '' } = peer ? ratios(row, peer) : {};
      const figure = row.sides[0]!.figures.perSecond ? 'perSecond' : 'milliseconds';
      const cell = (side: Row['sides'][number] | undefined): string => {
        const spread = side?.figures[figure];
        return spread ? `${showFigure(figure, spread.median)} ${figure === 'perSecond' ? '/s' : 'ms'}` : '';
      };
      const bound = row.isBrokerBound ? ' (limited by the broker)' : '';
      const cells = [thousands(row.name) + bound, cell(row.sides[0]), cell(peer), clock, cpu, budgets.join('; ')];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return [...lines, ''];
}

function picture(name: string, title: string): string[] {
  const path = (theme: string): string => `images/${PREFIX}${name}-${theme}.svg`;
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${path('dark')}" />`,
    `  <img src="${path('light')}" alt="${title}" />`,
    '</picture>',
    '',
  ];
}

function table(row: Row): string[] {
  const figures = figuresOf(row);
  const rated = row.sides.some((side) => side !== row.sides[0] && !side.isLimit) && row.part !== 'tags';
  const head = [
    `${thousands(row.name)}, ${row.unit}`,
    ...figures.map((figure) => FIGURES[figure].title),
    ...(rated ? ['clock', 'CPU ratio'] : []),
  ];
  const lines = [`| ${head.join(' | ')} |`, `|---|${'--:|'.repeat(head.length - 1)}`];
  for (const side of row.sides) {
    const { clock = '', cpu = '' } = ratios(row, side);
    const cells = figures.map((figure) => {
      const spread = side.figures[figure];
      if (!spread) return '';
      const { median, low, high } = spread;
      const show = (value: number): string => showFigure(figure, value);
      return figure === 'brokerBusy' ? show(median) : `${show(median)} (${show(low)}–${show(high)})`;
    });
    const name = thousands(side.name + (side.setting ? `, ${side.setting}` : ''));
    lines.push(`| ${[name, ...cells, ...(rated ? [clock, cpu] : [])].join(' | ')} |`);
  }
  const notes = budgetLines(row).map((line) => `${line[0]!.toUpperCase()}${line.slice(1)}.`);
  if (row.isBrokerBound) notes.unshift('Limited by the broker.');
  return [...lines, '', ...(notes.length > 0 ? [notes.join('\n'), ''] : [])];
}

/** The plots of `results`, by the paths of their files. */
export async function drawPerformance(results: Results): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { part, plots = [], shows } of SECTIONS) {
    const measured = results.parts[part]?.rows ?? [];
    for (const plot of plots) {
      const rows = measured.filter(({ name }) => shows?.[plot.name]?.test(name) ?? true);
      if (rows.length === 0) continue;
      const label = ({ name }: Row): string => thousands(name);
      for (const theme of THEME_NAMES) {
        const path = `${IMAGES}/${PREFIX}${plot.name}-${theme}.svg`;
        files.set(path, await drawBars({ ...plot, rows, label }, theme));
      }
    }
  }
  return files;
}

/** The plots that lie in `docs/images`. */
export function plotFiles(): string[] {
  return readdirSync(join(TOP, IMAGES))
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => `${IMAGES}/${name}`);
}

/** Writes the document and its plots from test/performance.json, and returns their paths. */
export async function writePerformance(): Promise<string[]> {
  const results = readResults();
  const plots = await drawPerformance(results);
  for (const path of plotFiles()) if (!plots.has(path)) rmSync(join(TOP, path));
  for (const [path, text] of plots) writeFileSync(join(TOP, path), text);
  writeFileSync(join(TOP, PERFORMANCE_FILE), renderPerformance(results));
  return [PERFORMANCE_FILE, ...plots.keys()];
}
