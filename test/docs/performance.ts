import { writePerformance } from './render-performance.js';

for (const path of await writePerformance()) console.log(`wrote ${path}`);
