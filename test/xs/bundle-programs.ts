import { boardProgram } from './board-program.js';
import { PROGRAMS } from './measure-operations.js';

/*
 * Makes the programs that are measured as a board would link them. Tests do so themselves where it was not done, but
 * then several of them make the same ones at the same time.
 */
for (const program of [...Object.keys(PROGRAMS), 'firmware']) await boardProgram(program);
