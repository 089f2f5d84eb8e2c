/** Takes conditions apart that are made of others, in a tree of ESTree. */
export function nestedConditions(program: object): void;
