/** Of each source the positions of methods' names and the names that they get. */
export function ownNamesIn(world: readonly string[]): [path: string, places: [position: number, own: string][]][];

/** A plugin of rollup for a bundle whose modules are all made of `world`, a list of sources. */
export function ownNames(
  world: readonly string[],
  pathOf?: (id: string) => string,
): { transform: (code: string, id: string) => { code: string } };
