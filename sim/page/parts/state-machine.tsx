import type { GatewayState } from '../protocol.js';
import { exactTimeOfDay } from '../format.js';
import { countText } from './format.js';
import type { Machine } from './machines.js';
import { connectionMachine, sessionMachine } from './machines.js';
import { BOX_HEIGHT, BOX_WIDTH, pathOf } from './state-layout.js';
import { ageOf, deadlineText, stepsOf } from './state-text.js';
import type { StateTrail } from './state-trail.js';

/** The machines of a gateway's connection and of its session, and where they stand. */
export function StateMachines(props: {
  gateway: GatewayState;
  now: number;
  connection: StateTrail;
  session: StateTrail;
}) {
  const { gateway, now, connection, session } = props;
  return (
    <div class="machines">
      <MachineFigure
        machine={connectionMachine}
        trail={connection}
        state={gateway.connection}
        now={now}
        after={deadlineText(gateway, now)}
      />
      <MachineFigure machine={sessionMachine} trail={session} state={gateway.session} now={now} />
      {gateway.lastError && (
        <p class="last-error">
          <strong>Last error</strong> <span class="ago">{agoText(now - gateway.lastError.time)}</span>
          <br />
          {gateway.lastError.text}
        </p>
      )}
    </div>
  );
}

function agoText(milliseconds: number): string {
  return `${countText(milliseconds)} ago`;
}

function MachineFigure(props: {
  machine: Machine;
  trail: StateTrail;
  state: number | undefined;
  now: number;
  after?: string | undefined;
}) {
  const { machine, trail, state, now, after } = props;
  const { layout, title } = machine;
  const stands = state === undefined ? 'not known' : machine.nameOf(state);
  const last = trail.last;
  const steps = stepsOf(machine, trail.entered);
  return (
    <figure class="machine" data-machine={title} data-state={stands}>
      <figcaption>
        <span class="machine-title">{title}</span> <strong class="machine-state">{stands}</strong>
        {/* Since when it has been in the first state that was told, nobody knows. */}
        {state !== undefined && last && trail.entered.length > 1 && (
          <span class="since"> for {countText(now - last.time)}</span>
        )}
        {after && <span class="deadline">, {after}</span>}
      </figcaption>
      <svg
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        role="img"
        aria-label={`States of the ${title}; now: ${stands}`}
      >
        <defs>
          <marker
            id={`head-${machine.layout.boxes.length}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="6"
            markerHeight="6"
            orient="auto-start-reverse"
          >
            <path d="M0 0.5 8 4 0 7.5z" fill="context-stroke" />
          </marker>
        </defs>
        {layout.arrows
          .map((arrow) => ({ arrow, age: ageOf(arrow, trail.entered) }))
          // What was taken last lies on top.
          .sort((a, b) => (b.age ?? Infinity) - (a.age ?? Infinity))
          .map(({ arrow, age }) => (
            <path
              key={`${arrow.from}-${arrow.to}`}
              class={age !== undefined ? `step taken taken-${age}` : arrow.from === state ? 'step possible' : 'step'}
              d={pathOf(arrow)}
              marker-end={`url(#head-${machine.layout.boxes.length})`}
            >
              <title>{`${machine.nameOf(arrow.from)} to ${machine.nameOf(arrow.to)}: ${arrow.cause}`}</title>
            </path>
          ))}
        {layout.boxes.map((box) => (
          <g key={box.state} class={box.state === state ? 'state lit' : 'state'}>
            <rect x={box.x} y={box.y} width={BOX_WIDTH} height={BOX_HEIGHT} rx="5" />
            <text x={box.x + BOX_WIDTH / 2} y={box.y + BOX_HEIGHT / 2}>
              {box.label}
            </text>
          </g>
        ))}
      </svg>
      <details>
        <summary>Last steps of the {title}</summary>
        {steps.length === 0 ? (
          <p>None yet.</p>
        ) : (
          <ol reversed class="steps">
            {steps.map(({ text, time }, i) => (
              <li key={i}>
                <time>{exactTimeOfDay(time)}</time> {text}
              </li>
            ))}
          </ol>
        )}
      </details>
    </figure>
  );
}
