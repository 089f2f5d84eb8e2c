import { EDGE_NODE, NOT_KEPT, OTHERS } from '../clouds/sparkplug/statements.js';

export const STATEMENTS_FILE = 'docs/clouds/sparkplug-statements.md';

const TEST = 'test/clouds/sparkplug/statements.test.ts';

/** The page. */
export function renderStatements(): string {
  const others = Object.values(OTHERS).flat();
  const all = EDGE_NODE.length + others.length + Object.keys(NOT_KEPT).length;
  const rows = [
    ...EDGE_NODE.map((id) => `| \`tck-id-${id}\` | \`the edge node keeps tck-id-${id}\` |`),
    ...Object.entries(NOT_KEPT).map(([id, reason]) => `| \`tck-id-${id}\` | not kept; ${reason} |`),
    ...Object.entries(OTHERS).flatMap(([whom, ids]) => ids.map((id) => `| \`tck-id-${id}\` | concerns ${whom} |`)),
  ];
  return `# Statements of Sparkplug 3.0 and their tests

The ${all} normative statements of the Eclipse Sparkplug Specification 3.0.0 by their ids, and what
\`cloud=sparkplug\` makes of them: ${EDGE_NODE.length} bind this edge node and have a test of their name in
\`${TEST}\`. It runs the firmware once through births, data, commands, a rebirth, an outage and
the turns of its primary host; the host application of the tests looks at each statement for every message that could
break it (contract emulation). This page is made from \`test/clouds/sparkplug/statements.ts\`.

<!-- prettier-ignore -->
| statement | test |
|---|---|
${rows.join('\n')}
`;
}
