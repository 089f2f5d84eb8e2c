import type { GatewayPlace } from './protocol.js';

/** A text to search for. `label` is for screen readers. */
export function SearchField(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly class?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { label, placeholder, value, onChange } = props;
  return (
    <input
      type="search"
      class={props.class}
      placeholder={placeholder}
      aria-label={label}
      value={value}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** Of whom something is shown: the place of a gateway as text, empty for all. Absent where there is only one. */
export function GatewayFilter(props: {
  readonly label: string;
  readonly gateways: readonly GatewayPlace[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { label, gateways, value, onChange } = props;
  if (gateways.length < 2) return null;
  return (
    <select aria-label={label} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">all gateways</option>
      {gateways.map(({ name }, place) => (
        <option key={place} value={place}>
          {name}
        </option>
      ))}
    </select>
  );
}
