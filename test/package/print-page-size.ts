import { compressedBytes, MOST_PAGE_BYTES, pageSizes } from './page-size.js';

const sizes = pageSizes();
for (const { name, bytes, compressed } of sizes) {
  console.log(`${name.padEnd(12)} ${String(bytes).padStart(8)} B ${String(compressed).padStart(8)} B compressed`);
}
console.log(`together ${compressedBytes(sizes)} B compressed, of ${MOST_PAGE_BYTES}`);
