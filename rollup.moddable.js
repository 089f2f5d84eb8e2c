import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rollup/parseAst';
import { minify } from 'terser';
import ts from 'typescript';
import { withoutArrayIterators } from './boards/bundle/array-iterators.js';

/*
 * What boards link, and projects that take a part of Tagwire. docs/decisions/0039-bundles-for-boards.md says why.
 *
 * On XS a name is in ROM, also that of a local, with some 22 bytes beside its text. A function takes 134 bytes and an
 * arrow 75. An object that is not frozen takes 4 bytes of RAM. So a bundle has as few names as possible, arrows, and
 * frozen tables. What it must not have is anything that allocates while it runs: see `COMPRESS`.
 */

/** The boards, by their folders in dist/moddable/release and dist/moddable/debug. */
const BOARDS = {
  esp32: 'build/boards/esp32/main.js',
  'esp32-without-console': 'build/boards/esp32/main-without-console.js',
  esp8266: 'build/boards/esp8266/main.js',
  desktop: 'build/boards/desktop/main.js',
};

/** What is no path is a module of the SDK. */
const external = (id) => !/^[./]/.test(id);

/**
 * By default terser turns a function that is called once into an expression at the place of its call. That makes a
 * closure each time: 19 slots and 744 bytes for a QoS 0 publish. With the first three options every function stays one.
 *
 * The last three are for short texts, and cost the interpreter of XS time. An assignment that is a statement takes one
 * instruction less than one in a sequence, and `i++` four less; `!0` takes two instructions, `true` one; an `if` leaves
 * no value behind that must be thrown away, `&&` does.
 */
const COMPRESS = {
  ecma: 2022,
  module: true,
  passes: 2,
  ...{ reduce_funcs: false, inline: 1, hoist_props: false },
  ...{ sequences: false, conditionals: false, booleans: false },
};

/**
 * Takes over the compiler's source maps, so that xsbug shows TypeScript. The SDK's compiler reads of a map only from
 * which line of the source each line is, so that is what they say: they are a tenth as long.
 */
const sourceMaps = {
  name: 'source-maps',
  load(id) {
    if (!existsSync(`${id}.map`)) return null;
    const code = readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
    return { code, map: readFileSync(`${id}.map`, 'utf8') };
  },
  // What only exports what others have is of no line, and the SDK's compiler wants a source.
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== 'chunk') continue;
      if (file.map.sources.length === 1) {
        const { version, sources, mappings } = file.map;
        const map = { version, sources, names: [], mappings: linesOf(mappings) };
        files[file.sourcemapFileName].source = JSON.stringify(map);
      } else {
        file.code = file.code.replace(/\n\/\/# sourceMappingURL=.*/, '');
        delete files[file.sourcemapFileName];
      }
    }
  },
};

/** Of each line of `mappings` the first segment, without columns. The SDK's compiler would take the last one. */
function linesOf(mappings) {
  let line = 0;
  let written = 0;
  const lines = mappings.split(';').map((segments) => {
    let text = '';
    for (const segment of segments.split(',')) {
      const [, , step] = decodeVlq(segment);
      if (step === undefined) continue;
      line += step;
      if (text !== '') continue;
      text = `AA${encodeVlq(line - written)}A`;
      written = line;
    }
    return text;
  });
  return lines.join(';');
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The numbers of a segment of a source map: base 64, five bits a digit, the lowest first; bit 0 is the sign. */
function decodeVlq(segment) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = BASE64.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return numbers;
}

function encodeVlq(number) {
  let text = '';
  let value = number < 0 ? (-number << 1) | 1 : number << 1;
  do {
    text += BASE64[(value & 31) | (value > 31 ? 32 : 0)];
    value >>= 5;
  } while (value > 0);
  return text;
}

/** A const enum as the compiler writes it. Its members are numbers in the code; its object is for looking up names. */
const ENUM = /^(export )?var (\w+);\n\(function \(\2\) \{\n([^]*?)\n\}\)\(\2 \|\| \(\2 = \{\}\)\);/gm;
/** On as many lines as before, for the source map. */
const PURE_ENUM = 'const $2 =\n/* @__PURE__ */ (($2) => {\n$3\nreturn Object.freeze($2); })({});';

/** Lets rollup leave out the object of a const enum that nobody uses. */
const enumObjects = {
  name: 'enum-objects',
  transform: (code) => ({ code: code.replace(ENUM, `$1${PURE_ENUM}`), map: null }),
};

/**
 * Leaves out of the list of all clouds those that nobody wants: `TAGWIRE_CLOUDS="plain aws"` names the folders below
 * src/cloud of those that stay. Boards with a list of their own link that.
 */
export function onlyClouds(wanted) {
  const names = wanted.split(/[ ,]+/).filter(Boolean);
  const row = /^import \{ (\w+) \} from '\.\/([\w-]+)\/[\w-]+\.js';\n/gm;
  return {
    name: 'only-clouds',
    transform(code, id) {
      if (!id.endsWith('/build/src/cloud/profiles.js') || names.length === 0) return null;
      const clouds = [...code.matchAll(row)].map(([text, constant, name]) => ({ text, constant, name }));
      const unknown = names.find((name) => !clouds.some((cloud) => cloud.name === name));
      if (unknown !== undefined) {
        const known = clouds.map(({ name }) => name).join(', ');
        throw new Error(`TAGWIRE_CLOUDS: no cloud is named ${JSON.stringify(unknown)}; there are ${known}`);
      }
      let chosen = code;
      for (const { text, constant, name } of clouds) {
        if (!names.includes(name)) chosen = chosen.replace(text, '').replace(`    ${constant},\n`, '');
      }
      return { code: chosen, map: null };
    },
  };
}

/** Makes a module of the exported enums of a module, so that a core does not have those that only an index exports. */
const enumModules = {
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

/** For projects in TypeScript: beside each part its types, which are those of the package. */
const declarations = (prefix) => ({
  name: 'declarations',
  generateBundle() {
    for (const part of Object.keys(PARTS)) {
      const [folder] = part.split('/');
      const up = '../'.repeat(part.split('/').length + 2);
      const source = `export * from '${up}${folder}.js';\n`;
      this.emitFile({ type: 'asset', fileName: `${prefix}${part}.d.ts`, source });
    }
  },
});

const CHOSEN_CLOUDS = onlyClouds(process.env['TAGWIRE_CLOUDS'] ?? '');

const reachedFrom = new Map();

/**
 * What a project includes without a board: the folders of src, and boards/ecma419. Their modules are
 * `tagwire/mqtt/index` and so on. `core` is what a project takes that wants no more than the client, or the decoders.
 */
const PARTS = partInputs();

function partInputs() {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = [...folders.map(({ name }) => `src/${name}/index`), 'boards/ecma419/index'];
  const cores = ['mqtt', 'tags'].map((folder) => [`${folder}/core/index`, `build/src/${folder}/core.js`]);
  // What Connection needs of the SDK beside sockets: time and chance.
  const platform = ['moddable/index', 'build/boards/moddable/platform.js'];
  const indexes = files.map((file) => [file.replace(/^\w+\//, ''), `build/${file}.js`]);
  return Object.fromEntries([...indexes, platform, ...cores]);
}

/** The manifest of a minified board, which the one in boards/ includes. */
export const releaseManifest = {
  name: 'release-manifest',
  generateBundle() {
    this.emitFile(manifestAsset('manifest.json', { 'tagwire/main': './main' }));
  },
};

/** The manifests of the boards for the debugger, each with the modules that its main module reaches. */
const debugManifests = {
  name: 'debug-manifests',
  generateBundle(_, files) {
    for (const [board, main] of Object.entries(BOARDS)) {
      const chunks = Object.values(files);
      const found = new Set([chunks.find(({ facadeModuleId: id }) => id === resolve(main)).fileName]);
      for (const name of found) for (const needed of files[name].imports) if (files[needed]) found.add(needed);
      const [first, ...others] = [...found].map((name) => name.replace(/\.js$/, ''));
      const modules = others.sort().map((name) => [name.replace(/^parts/, 'tagwire'), `../${name}`]);
      this.emitFile(
        manifestAsset(`${board}/manifest.json`, { 'tagwire/main': `../${first}`, ...Object.fromEntries(modules) }),
      );
    }
  },
};

function manifestAsset(fileName, modules) {
  return { type: 'asset', fileName, source: `${JSON.stringify({ modules }, null, 1)}\n` };
}

/**
 * The configurations of rollup: each board and the parts minified, and all of them as they are. The latter have their
 * modules in common, each by itself: the SDK's compiler takes a source map with one source only.
 */
export default [
  ...Object.entries(BOARDS).map(([board, main]) =>
    bundle({ main }, `release/${board}`, [CHOSEN_CLOUDS, ...minified(), releaseManifest], {}),
  ),
  bundle(PARTS, 'release/parts', [enumModules, ...minified(), declarations('')], {
    manualChunks: partOf,
    chunkFileNames: '[name].js',
    minifyInternalExports: false,
  }),
  bundle(
    { ...BOARDS, ...PARTS },
    'debug',
    [sourceMaps, CHOSEN_CLOUDS, enumObjects, declarations('parts/'), debugManifests],
    {
      entryFileNames: ({ facadeModuleId: id }) => `parts/${debugName(id)}.js`,
      preserveModules: true,
      sourcemap: true,
    },
  ),
];

/** What a debug build calls a module below `tagwire/`; the main module of a board is `tagwire/main`. */
function debugName(id) {
  const entries = { ...BOARDS, ...PARTS };
  const entry = Object.keys(entries).find((name) => resolve(entries[name]) === id);
  if (entry !== undefined) return entry;
  const path = pathInBuild(id).replace(/\.js$/, '');
  // Apart from the parts, since the manifest of a part takes all files of a folder.
  if (!isOfParts(id)) return `board/${flatName(path)}`;
  return `${dirname(partOf(id))}/${flatName(path.replace(/^\w+\/\w+\//, ''))}`;
}

function isOfParts(id) {
  return Object.values(PARTS).some((part) => reached(resolve(part)).has(id));
}

function bundle(input, folder, plugins, output) {
  const dir = `dist/moddable/${folder}`;
  // What an earlier build left there would be linked, and packed.
  const fresh = { name: 'fresh', buildStart: () => rmSync(dir, { recursive: true, force: true }) };
  return {
    input,
    output: { dir, format: 'es', ...output },
    // A part exports to others too what its index does not.
    preserveEntrySignatures: 'allow-extension',
    external,
    plugins: [fresh, ...plugins],
  };
}

/** The part that has a module: one for each folder, but for the core of a folder. */
function partOf(id) {
  const [, folder] = pathInBuild(id).split('/');
  const core = PARTS[`${folder}/core/index`];
  return core !== undefined && reached(resolve(core)).has(id) ? `${folder}/core/index` : `${folder}/index`;
}

/** A compiled module, and the modules that it imports, directly or not. */
function reached(file) {
  if (!reachedFrom.has(file)) {
    const found = new Set([file]);
    for (const path of found) {
      const imports = readFileSync(path, 'utf8').matchAll(/^(?:import|export) .*? from '(\.[^']+)'/gm);
      for (const [, name] of imports) found.add(resolve(dirname(path), name));
    }
    reachedFrom.set(file, found);
  }
  return reachedFrom.get(file);
}

function pathInBuild(id) {
  return relative('build', id).replaceAll('\\', '/');
}

/** `src/tags/formats/ruuvi.js` → `src-tags-formats-ruuvi.js`: a pattern of a manifest takes the files of one folder. */
function flatName(path) {
  return path.replaceAll('/', '-');
}

/**
 * The plugins of rollup that make of compiled modules what a board links. Without `arrows`, functions stay functions:
 * the SDK's XS runs both alike, but that of `@agoric/xsnap` begins each arrow with three instructions that fetch the
 * `this` around it, used or not. So what is measured there has none.
 */
export function minified({ arrows = true } = {}) {
  const make = (code) => minifiedForXs(arrows ? functionsAsArrows(code) : code);
  return [
    withoutArrayIterators(typedSources, sourceOf),
    enumObjects,
    { name: 'minified', renderChunk: (code) => cached(`${arrows}`, code, make) },
  ];
}

/** Minifying takes seconds, so what it made of some code is kept below node_modules/.cache. */
async function cached(variant, code, make) {
  const hash = createHash('sha256')
    .update(variant)
    .update(code)
    .update(JSON.stringify([...privateNames()]));
  const folder = 'node_modules/.cache/tagwire-moddable';
  const path = `${folder}/${hash
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex')
    .slice(0, 32)}.js`;
  if (existsSync(path)) return { code: readFileSync(path, 'utf8'), map: null };
  const made = await make(code);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, made);
  return { code: made, map: null };
}

async function minifiedForXs(code) {
  const prepared = shortNames(frozenTables(sharedTexts(code)));
  const minified = (await minify(prepared, { compress: COMPRESS, mangle: false, module: true })).code;
  const compressed = constantParameters(minified);
  const nameCache = { vars: { props: namesForTop(compressed) } };
  return (
    await minify(compressed, { compress: false, mangle: { module: true }, module: true, toplevel: true, nameCache })
  ).code;
}

/** What is declared at the top takes a name each. It gets that of some property, which is in ROM anyway. */
function namesForTop(code) {
  const program = parseAst(code);
  const properties = new Set();
  const references = new Set();
  const declared = new Set();
  walk(program, (node, key, parent) => {
    if (node.type !== 'Identifier') return;
    if (isPropertyName(key, parent)) properties.add(node.name);
    else (DECLARING.test(`${parent.type}.${key}`) ? declared : references).add(node.name);
  });
  const isFree = (name) => name.length > 2 && !GLOBALS.has(name) && (declared.has(name) || !references.has(name));
  const free = [...properties].filter(isFree);
  const ids = program.body.flatMap(({ id, declaration, declarations = [], specifiers = [] }) => [
    id,
    declaration?.id,
    ...declarations.map((each) => each.id),
    ...specifiers.map(({ type, local }) => (type.startsWith('Import') ? local : undefined)),
  ]);
  const names = [];
  for (const id of ids.filter(Boolean)) walk(id, ({ type, name }) => type === 'Identifier' && void names.push(name));
  // Each has one: terser itself would take short ones, which may be those of a block at the top.
  return Object.fromEntries(names.map((name, index) => [`$${name}`, free.pop() ?? `$${index}`]));
}

const DECLARING =
  /Declaration\.id|Declarator\.id|Expression\.id|\.params|Pattern\.|CatchClause\.param|Property\.value|RestElement/;

/** What no bundle may declare at its top: words of the language, and what the SDK and the language have globally. */
const GLOBALS = new Set([
  ...Object.getOwnPropertyNames(globalThis),
  ...['arguments', 'await', 'eval', 'native', 'trace', 'System', 'screen', 'application', 'debugger', 'yield', 'let'],
  ...['break', 'case', 'catch', 'class', 'const', 'continue', 'default', 'delete', 'do', 'else', 'enum', 'export'],
  ...['extends', 'false', 'finally', 'for', 'function', 'if', 'implements', 'import', 'in', 'instanceof', 'interface'],
  ...['new', 'null', 'package', 'private', 'protected', 'public', 'return', 'static', 'super', 'switch', 'this'],
  ...['throw', 'true', 'try', 'typeof', 'var', 'void', 'while', 'with', 'async', 'constructor', 'prototype'],
]);

function isPropertyName(key, { type, computed }) {
  if (computed) return false;
  return (
    (type === 'MemberExpression' && key === 'property') || (/^(Property|\w+Definition)$/.test(type) && key === 'key')
  );
}

/** Functions at the top become arrows, in front of everything: a function may be called above the place of its text. */
function functionsAsArrows(code) {
  const edits = [];
  let front = '';
  for (const node of parseAst(code).body) {
    if (node.type !== 'FunctionDeclaration' || node.generator || usesThis(node.body)) continue;
    const [first] = node.params;
    const last = node.params.at(-1);
    const params = first === undefined ? '' : code.slice(first.start, last.end);
    const prefix = node.async ? 'async ' : '';
    front += `const ${node.id.name} = ${prefix}(${params}) => ${code.slice(node.body.start, node.body.end)};\n`;
    edits.push({ from: node.start, to: node.end, text: '' });
  }
  return front + edited(code, edits);
}

/**
 * Literals of arrays and objects at the top are tables. They are frozen when the module has filled them, with the plain
 * objects and arrays in them; what is of a class is not.
 */
function frozenTables(code) {
  const declarations = parseAst(code).body.flatMap((node) => (node.kind === 'const' ? node.declarations : []));
  const tables = declarations.filter(({ init }) => /^(Array|Object)Expression$/.test(init.type) || isFreezing(init));
  if (tables.length === 0) return code;
  return `${code}
const freezeTable = (value) => {
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain && !Array.isArray(value)) return;
  for (const name in value) freezeTable(value[name]);
  Object.freeze(value);
};
freezeTable([${tables.map(({ id }) => id.name)}]);
`;
}

function isFreezing({ type, callee }) {
  return type === 'CallExpression' && callee.type === 'MemberExpression' && callee.property.name === 'freeze';
}

/**
 * What modules encode while they are loaded, as keys of JSON, becomes one text in one buffer, with a range of it for
 * each. An array of bytes with a buffer of its own takes 128 bytes of ROM beside its text, a range 80. What is there
 * twice is one array: none of them is ever written, since ROM cannot be.
 */
function sharedTexts(code) {
  const program = parseAst(code);
  const constants = constantsOf(program);
  const arrays = [];
  walk(program, (node, key, { id }) => {
    const text = encodedText(node, constants);
    const name = constants.get(id?.name) === node ? id.name : undefined;
    if (text !== undefined) arrays.push({ from: node.start, to: node.end, text, name });
    return runsLater(node);
  });
  if (arrays.length < 2) return code;
  const ranges = new Map();
  let all = '';
  const edits = arrays.map(({ from, to, text, name }) => {
    const known = ranges.get(text);
    if (known !== undefined) return { from, to, text: known };
    const at = Buffer.byteLength(all);
    all += text;
    const range = `$texts.subarray(${at}, ${Buffer.byteLength(all)})`;
    ranges.set(text, name ?? range);
    return { from, to, text: range };
  });
  const { start } = program.body.find(({ end }) => end > arrays[0].from);
  // A module that has empty ones only does not import the function.
  const texts = all === '' ? 'new Uint8Array(0)' : `encodeUtf8(${JSON.stringify(all)})`;
  return edited(code, [{ from: start, to: start, text: `const $texts = ${texts};\n` }, ...edits]);
}

/**
 * A function that makes others while the module is loaded, such as the commands of a menu, leaves its parameters in ROM
 * as variables that could change: 4 bytes of RAM each. As constants they take none. terser would undo that.
 */
function constantParameters(code) {
  const program = parseAst(code);
  const functions = constantsOf(program);
  const edits = [];
  const visited = new Set();
  const visitCalls = (node) =>
    walk(node, ({ type, callee, ...rest }) => {
      const called = type === 'CallExpression' ? (functions.get(callee.name) ?? callee) : undefined;
      if (called?.type === 'ArrowFunctionExpression' && !visited.has(called)) {
        visited.add(called);
        edits.push(...withConstantParameters(called, code));
        visitCalls(called.body);
      }
      return runsLater({ type, ...rest });
    });
  visitCalls(program);
  return edited(code, edits);
}

/** `(a) => () => a` → `($0) => { const a = $0; return () => a; }`, for parameters that no function changes. */
function withConstantParameters({ params, body, end }, code) {
  const captured = new Set();
  const changed = new Set();
  const collect = (node, isInner) =>
    walk(node, (child, key, parent) => {
      if (child.type === 'Identifier' && isInner && !isPropertyName(key, parent)) captured.add(child.name);
      const target = child.type === 'AssignmentExpression' ? child.left : child.argument;
      if (/^(Assignment|Update)Expression$/.test(child.type)) walk(target, ({ name }) => void changed.add(name));
      if (isInner || !runsLater(child)) return false;
      collect(child, true);
      return true;
    });
  collect(body, false);
  let constants = '';
  const edits = [];
  params.forEach((param, index) => {
    const pattern = param.type === 'AssignmentPattern' ? param.left : param;
    const names = namesOf(pattern);
    if (param.type === 'RestElement' || names.some((name) => changed.has(name))) return;
    if (!names.some((name) => captured.has(name))) return;
    edits.push({ from: pattern.start, to: pattern.end, text: `$${index}` });
    constants += `const ${code.slice(pattern.start, pattern.end)} = $${index};`;
  });
  if (edits.length === 0) return [];
  if (body.type === 'BlockStatement') return [...edits, { from: body.start + 1, to: body.start + 1, text: constants }];
  // With the parentheses that the expression may have.
  const start = code.indexOf('=>', params.at(-1).end) + 2;
  return [...edits, { from: start, to: start, text: `{${constants}return ` }, { from: end, to: end, text: '}' }];
}

/** The names that a pattern declares. */
function namesOf(pattern) {
  const names = [];
  walk(pattern, ({ type, name }, key, { type: holder }) => {
    if (type === 'Identifier' && !(holder === 'Property' && key === 'key')) names.push(name);
  });
  return names;
}

/** The values of the constants at the top of a module, by their names. */
function constantsOf({ body }) {
  const statements = body.map((node) => node.declaration ?? node);
  const declarations = statements.flatMap((node) => (node.kind === 'const' ? node.declarations : []));
  return new Map(declarations.map(({ id, init }) => [id.name, init]));
}

/** The text of an array of bytes: `encodeUtf8('text')`, or `new Uint8Array(0)` for none. */
function encodedText({ type, callee, arguments: [first] = [] }, constants) {
  if (type === 'CallExpression' && callee.name === 'encodeUtf8') return textOf(first, constants);
  return type === 'NewExpression' && callee.name === 'Uint8Array' && first?.value === 0 ? '' : undefined;
}

/** The text that an expression always has; undefined when that cannot be told. */
function textOf(node, constants) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'Identifier') return textOf(constants.get(node.name), constants);
  if (node?.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const left = textOf(node.left, constants);
  const right = textOf(node.right, constants);
  return left === undefined || right === undefined ? undefined : left + right;
}

/** What is in it does not run when the module is loaded. */
function runsLater({ type }) {
  return /Function|PropertyDefinition/.test(type);
}

/** Private members get short names, which those of other classes have too. */
function shortNames(code) {
  const names = privateNames();
  const edits = [];
  walk(parseAst(code), (node, key, parent) => {
    if (node.type !== 'Identifier' || !isPropertyName(key, parent) || !names.has(node.name)) return;
    if (parent.type === 'Property') throw new Error(`${node.name} is the name of a private member and of a property`);
    edits.push({ from: node.start, to: node.end, text: names.get(node.name) });
  });
  return edited(code, edits);
}

function usesThis(node) {
  let uses = false;
  walk(node, ({ type, name }) => {
    if (type === 'ThisExpression' || type === 'MetaProperty' || name === 'arguments') uses = true;
    return type === 'FunctionExpression' || type === 'FunctionDeclaration' || type === 'ClassBody';
  });
  return uses;
}

/** Calls `visit` for each node, with its key in its parent; where it returns true, not for those in it. */
function walk(node, visit, key = '', parent = node) {
  if (visit(node, key, parent) === true) return;
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') walk(child, visit, name, node);
    }
  }
}

/** Puts texts in place of ranges that do not overlap; of two at one place, the first comes first. */
function edited(code, edits) {
  let result = '';
  let at = 0;
  for (const { from, to, text } of edits.sort((a, b) => a.from - b.from)) {
    result += code.slice(at, from) + text;
    at = to;
  }
  return result + code.slice(at);
}

let privates;

/**
 * The short names of private members: those that TypeScript declares `private`, unless something else in the sources
 * has the same name, or is looked up by it. Two that one object can have get two names; others may share one, which
 * is then in ROM once.
 */
export function privateNames() {
  privates ??= findPrivateNames();
  return privates;
}

let typed;

/** The sources with their types. */
function typedSources() {
  typed ??= ts.createProgram(sources(), { ...options(), noEmit: true });
  return typed;
}

/** The source of a compiled module. */
function sourceOf(id) {
  return pathInBuild(id).replace(/\.js$/, '.ts');
}

function findPrivateNames() {
  const program = typedSources();
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter(({ isDeclarationFile }) => !isDeclarationFile);
  const members = [];
  for (const file of files) each(file, (node) => (isPrivate(node) ? members.push(node) : undefined));
  const names = new Set(members.map(({ name }) => name.text));
  const declared = new Set();
  for (const file of files) {
    each(file, (node) => {
      const name = propertyName(node);
      if (name === undefined) return;
      if (!names.has(name.text)) return void declared.add(name.text);
      const symbol = checker.getSymbolAtLocation(name);
      if (!symbol?.declarations?.every(isPrivate)) names.delete(name.text);
    });
  }
  const together = new Map([...names].map((name) => [name, new Set()]));
  for (const node of members) {
    const others = membersOf(
      checker.getTypeAtLocation(node.parent.kind === ts.SyntaxKind.Constructor ? node.parent.parent : node.parent),
    );
    for (const name of others) if (name !== node.name.text) together.get(node.name.text)?.add(name);
    for (const name of others) together.get(name)?.add(node.name.text);
  }
  // Those with the most neighbours first, each with the first free name.
  const free = [...shortNamesInOrder(declared)];
  const taken = new Map();
  const order = [...names].sort((a, b) => together.get(b).size - together.get(a).size || (a < b ? -1 : 1));
  for (const name of order) {
    const near = new Set([...together.get(name)].map((other) => taken.get(other)));
    taken.set(
      name,
      free.find((text) => !near.has(text)),
    );
  }
  return taken;
}

/** All members of a class, inherited ones too. */
function membersOf(type) {
  return type.getProperties().map(({ name }) => name);
}

/** What terser calls locals, and so these are in ROM already; without what is a property in the sources. */
function* shortNamesInOrder(declared) {
  const letters = [...'etnraoisclhdumpfgbyvwkxjqzETNRAOISCLHDUMPFGBYVWKXJQZ'];
  for (const letter of letters) if (!declared.has(letter)) yield letter;
  for (const first of letters) for (const second of letters) if (!declared.has(first + second)) yield first + second;
}

function isPrivate(node) {
  const flags = ts.canHaveModifiers(node) ? ts.getCombinedModifierFlags(node) : 0;
  return (flags & ts.ModifierFlags.Private) !== 0 && node.name !== undefined && ts.isIdentifier(node.name);
}

/** The identifier or the text by which a node declares a member, or looks one up. */
function propertyName(node) {
  if (ts.isPropertyAccessExpression(node)) return node.name;
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return node.argumentExpression;
  if (ts.isShorthandPropertyAssignment(node) || ts.isBindingElement(node)) {
    const name = node.propertyName ?? node.name;
    return ts.isIdentifier(name) ? name : undefined;
  }
  const isMember =
    ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node) || ts.isEnumMember(node);
  if (isMember && node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name))) return node.name;
  return undefined;
}

function each(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

function sources() {
  const list = (folder) => ts.sys.readDirectory(folder, ['.ts'], undefined, ['**/*.ts']);
  return [...list('src'), ...list('boards')];
}

function options() {
  const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
  const { options: parsed } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  return { ...parsed, lib: ['lib.es2024.d.ts'], composite: false, declaration: false, sourceMap: false };
}
