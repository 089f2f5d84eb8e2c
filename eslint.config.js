import { readFileSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * What costs memory on XS or is missing in Espruino (docs/decisions/0003-hot-path-language.md). It is refused in all of
 * src/mqtt, src/tags, src/telemetry and src/cloud; code that runs once, at start-up or in a tool, is listed below.
 */
const costly = [
  ['PropertyDefinition > PrivateIdentifier.key', '#private: Espruino lacks it; use private'],
  ['MethodDefinition > PrivateIdentifier.key', '#private: Espruino lacks it; use private'],
  [':function[generator=true]', 'generators allocate, and Espruino lacks them'],
  [':function[async=true]', 'async functions allocate'],
  ['AwaitExpression', 'await allocates'],
  ['NewExpression[callee.name=/^(Map|Set|WeakMap|Promise)$/]', 'allocates, and Espruino lacks it'],
  ['ForOfStatement', 'for…of allocates an iterator'],
  ['SpreadElement', 'spread allocates'],
  ['RestElement', 'rest allocates'],
  ['AssignmentPattern', 'default parameters: Espruino lacks them'],
  ['ArrayPattern', 'array destructuring allocates an iterator'],
  ['TemplateLiteral', 'template literals allocate'],
  ['CallExpression[callee.property.name=/^(subarray|slice)$/]', 'allocates a view or a copy'],
].map(([selector, message]) => ({ selector, message }));

/** What a store did not take or remove has to be told; where it need not be, `void` and a comment say so. */
const unheard = ['callee.object.name', 'callee.object.property.name'].map((store) => ({
  selector: `ExpressionStatement > CallExpression[callee.property.name=/^(write|remove)$/][${store}=/[sS]tore$/]`,
  message: 'the answer of the store is ignored; tell when it is false, or write void',
}));

/**
 * The import table of src/README.md: a row for each folder of src. The compiler refuses what a folder does not
 * reference; but references are transitive for it, so what is reached through another folder is refused here.
 */
const importTable = [...readFileSync('src/README.md', 'utf8').matchAll(/^\| `src\/(\w+)` \|.*\| ([^|]+) \|$/gm)].map(
  ([, folder, allowed]) => ({ folder, allowed: allowed.trim().split(', ') }),
);

/** Code of the hot layers that runs once. */
export const runsOnce = [
  'src/tags/describe.ts', // for tools
  'src/tags/key-text.ts', // keys at start-up
  'src/tags/tag-table.ts', // a default for the options of the constructor
  'src/cloud/aws/definition.ts', // at start-up
  'src/cloud/aws/shadow.ts', // at a connection, and rarely else
  'src/cloud/aws/thing-part.ts', // the same
  'src/cloud/azure/definition.ts', // at start-up
  'src/cloud/azure/registration.ts', // until the device has its place
  'src/cloud/azure/sas-token.ts', // once for each connection
  'src/cloud/event-grid/definition.ts', // at start-up
  'src/cloud/azure/twin.ts', // once for each connection, and when somebody changes the twin
  'src/cloud/limits.ts', // checks a configuration at start-up
  'src/cloud/registration.ts', // until the device has its place
  'src/cloud/plain/plain.ts', // validates at construction
  'src/cloud/home-assistant/tag-definition.ts', // at start-up
  'src/cloud/sparkplug/definition.ts', // at start-up
  'src/cloud/plain/tag-definition.ts', // at start-up
  'src/cloud/routeros/definition.ts', // at start-up
  'src/cloud/thingsboard/definition.ts', // at start-up
  'src/cloud/thingsboard/registration.ts', // when a device asks for its credentials
  'src/cloud/thingsboard/tag-definition.ts', // at start-up
  'src/cloud/thingsboard-gateway/definition.ts', // at start-up
];

export default tseslint.config(
  { ignores: ['build/', 'dist/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // tsc checks unused names and undefined ones.
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `a[i]!` is how an index that is known to be in range is written under noUncheckedIndexedAccess.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A number that follows from others is written so; the compiler puts the result in its place.
      '@typescript-eslint/prefer-literal-enum-member': 'off',
      // Handlers that have nothing to do are written out.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      // An error for people is the whole story; the cause behind it is for nobody.
      'preserve-caught-error': 'off',
      'max-len': ['error', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }],
    },
  },
  { files: ['src/**', 'boards/**'], rules: { 'no-restricted-syntax': ['error', ...unheard] } },
  {
    files: ['src/mqtt/**', 'src/tags/**', 'src/telemetry/**', 'src/cloud/**'],
    rules: { 'no-restricted-syntax': ['error', ...costly, ...unheard] },
  },
  ...importTable.map(({ folder, allowed }) => ({
    files: [`src/${folder}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: importTable
            .filter((other) => other.folder !== folder && !allowed.includes(other.folder))
            .map((other) => ({
              regex: `^(\\.\\./)+${other.folder}/`,
              message: `src/${folder} must not import src/${other.folder}: see the table in src/README.md`,
            })),
        },
      ],
    },
  })),
  {
    // Equal on every engine: see sim/virtual/exact-math.ts.
    files: ['sim/virtual/**', 'sim/world/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['random', 'sin', 'cos', 'tan', 'log', 'log2', 'log10', 'exp', 'pow', 'hypot', 'atan2', 'tanh', 'cbrt'].map(
          (property) => ({
            object: 'Math',
            property,
            message: 'differs between engines; see sim/virtual/exact-math.ts',
          }),
        ),
        { object: 'Date', property: 'now', message: 'there is virtual time only' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "BinaryExpression[operator='**']", message: 'differs between engines; multiply' },
      ],
    },
  },
  {
    // The package of Moddable's typings has no entry to import.
    files: ['boards/typings/**'],
    rules: { '@typescript-eslint/triple-slash-reference': 'off' },
  },
  { files: runsOnce, rules: { 'no-restricted-syntax': ['error', ...unheard] } },
);
