import { useState } from 'preact/hooks';
import { SearchField } from '../filters.js';
import { valueText } from '../format.js';
import { useTopics } from '../store.js';
import type { Store } from '../store.js';
import { MOST_LINES } from './plot-data.js';
import { byInterest, ReadingPlot } from './reading-plot.js';

/** Tags that are offered at once; the filter finds the others. */
const OFFERED = 60;
/** Tags that are drawn before anybody chose. */
const FIRST_TAGS = 3;

/** Readings over time, of the tags and fields that a person chooses. */
export function Plots({ store }: { readonly store: Store }) {
  useTopics(store, 'readings', 'tags', 'selection', 'hello');
  const [fields, setFields] = useState<readonly string[]>();
  const [tags, setTags] = useState<readonly string[]>();
  const [filter, setFilter] = useState('');
  const known = new Map<string, { readonly unit: string; count: number }>();
  for (const series of store.readings.values()) {
    for (const [name, { unit }] of series) {
      const field = known.get(name) ?? { unit, count: 0 };
      field.count++;
      known.set(name, field);
    }
  }
  const names = [...known.keys()].sort(byInterest);
  if (names.length === 0) return <p class="empty quiet">No reading yet.</p>;

  const chosenFields = fields ? fields.filter((name) => known.has(name)) : names.slice(0, 1);
  const has = (tag: string): boolean => chosenFields.some((field) => store.readings.get(tag)?.has(field));
  const able = [...store.readings.keys()].filter(has);
  const chosenTags = tags
    ? tags.filter((tag) => store.readings.has(tag))
    : store.selectedTag !== undefined && has(store.selectedTag)
      ? [store.selectedTag]
      : able.slice(0, FIRST_TAGS);
  const lines = chosenFields.flatMap((field) =>
    chosenTags.filter((tag) => store.readings.get(tag)?.has(field)).map((tag) => ({ tag, field })),
  );
  const nameOf = (tag: string): string => store.tags.get(tag)?.name ?? tag;
  const wanted = filter.trim().toLowerCase();
  const offered = able
    .filter((tag) => wanted === '' || nameOf(tag).toLowerCase().includes(wanted) || tag.toLowerCase().includes(wanted))
    .sort((a, b) => Number(chosenTags.includes(b)) - Number(chosenTags.includes(a)));

  return (
    <div class="plots">
      <div class="plot-choice">
        <fieldset>
          <legend>Fields</legend>
          <div class="choices">
            {names.map((name) => (
              <label key={name} class="check">
                <input
                  type="checkbox"
                  checked={chosenFields.includes(name)}
                  onChange={() => setFields(toggled(chosenFields, name))}
                />
                {name}
                <span class="quiet">{known.get(name)!.unit}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <fieldset>
          <legend>Tags</legend>
          {able.length > 12 && (
            <SearchField label="Filter the tags of the plot" placeholder="Filter" value={filter} onChange={setFilter} />
          )}
          <div class="choices">
            {offered.slice(0, OFFERED).map((tag) => (
              <label key={tag} class="check">
                <input
                  type="checkbox"
                  checked={chosenTags.includes(tag)}
                  onChange={() => setTags(toggled(chosenTags, tag))}
                />
                {nameOf(tag)}
              </label>
            ))}
            {offered.length > OFFERED && (
              <span class="quiet">{valueText(offered.length - OFFERED)} more: filter by name</span>
            )}
          </div>
        </fieldset>
      </div>
      {lines.length > MOST_LINES && (
        <p class="quiet plot-note">
          {MOST_LINES} of {lines.length} lines are drawn.
        </p>
      )}
      <ReadingPlot store={store} id="plots" lines={lines} />
    </div>
  );
}

function toggled(list: readonly string[], one: string): string[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}
