import { readFileSync } from 'node:fs';

/** A const enum as the compiler writes it. Its members are numbers in the code; its object is for looking up names. */
const ENUM = /^(export )?var (\w+);\n\(function \(\2\) \{\n([^]*?)\n\}\)\(\2 \|\| \(\2 = \{\}\)\);/gm;

/** On as many lines as before, for the source map. */
const PURE_ENUM = 'const $2 =\n/* @__PURE__ */ (($2) => {\n$3\nreturn Object.freeze($2); })({});';

/** Lets rollup leave out the object of a const enum that nobody uses. */
export const enumObjects = {
  name: 'enum-objects',
  transform: (code) => ({ code: code.replace(ENUM, `$1${PURE_ENUM}`), map: null }),
};

/** Makes a module of the exported enums of a module, so that a core does not have those that only an index exports. */
export const enumModules = {
  name: 'enum-modules',
  resolveId: (source, importer) => (source === ENUMS ? `${importer}${ENUMS}` : null),
  load(id) {
    if (!id.endsWith(ENUMS)) return null;
    const code = readFileSync(id.slice(0, -ENUMS.length), 'utf8');
    const enums = [...code.matchAll(ENUM)].filter(([text]) => text.startsWith('export'));
    return enums.map(([text]) => text.replace(ENUM, `export ${PURE_ENUM}`)).join('\n');
  },
  transform(code, id) {
    if (id.endsWith(ENUMS)) return null;
    const names = [...code.matchAll(ENUM)].filter(([text]) => text.startsWith('export')).map(([, , name]) => name);
    if (names.length === 0) return null;
    const without = code.replace(ENUM, (text) => (text.startsWith('export') ? '' : text));
    const list = names.join(', ');
    return { code: `import { ${list} } from '${ENUMS}';\nexport { ${list} };\n${without}`, map: null };
  },
};

/** Beside the module that imports it. */
const ENUMS = './?enums';
