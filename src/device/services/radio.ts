/** RouterOS's name of the radio of a KNOT; boards here have one too. */
export const RADIO = 'bt1';
