import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

/** The root of the package, seen from the source and from `build`. */
const ROOT = fileURLToPath(new URL('.', import.meta.url)).replace(/(build[/\\])?test[/\\]sim[/\\]virtual[/\\]$/, '');

/** The module `input`, as `npm run build` compiled it, as one script that imports nothing and defines `name`. */
export async function bundleScript(input: string, name: string): Promise<string> {
  const bundle = await rollup({ input: ROOT + input });
  const { output } = await bundle.generate({ format: 'iife', name });
  await bundle.close();
  const [first] = output;
  const outside = [...first.imports, ...first.dynamicImports];
  if (outside.length > 0) throw new Error(`${input} imports ${outside.join(', ')}`);
  return first.code;
}
