import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['build/', 'coverage/', 'dist/', 'prebuilds/', 'test/fixtures/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },

  {
    files: ['lib/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      // One style of import for types, so that what remains at run time is visible.
      '@typescript-eslint/consistent-type-imports': 'error',
      // The API under imitation is full of `any` from Node's own declarations and of options that
      // are checked at run time although their types say that they need not be.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // CommonJS: `import tls = require('node:tls')` has the module itself, not a copy of its names.
      // A require() of a module of ours is a chunk, which is loaded when it is first needed.
      '@typescript-eslint/no-require-imports': ['error', { allowAsImport: true, allow: ['^[.]'] }],
      // Options of Node have defaults for '', 0 and false, too.
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      // Methods become listeners of the object that they belong to, which is their `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Indices of buffers and of lists whose length was just checked.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // A TLSSocket is a net.Socket by its prototype, whatever class has made the object.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },

  {
    // A connection goes on while a test of the program fakes the timers.
    files: ['lib/**/*.ts'],
    ignores: ['lib/base/timers.ts', 'lib/cli/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['clearImmediate', 'clearTimeout', 'queueMicrotask', 'setImmediate', 'setTimeout'].map(
          (name) => ({ name, message: 'Take it from lib/base/timers.ts.' }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'nextTick', message: 'Take it from lib/base/timers.ts.' },
        { object: 'Date', property: 'now', message: 'Take it from lib/base/timers.ts.' },
        {
          object: 'process',
          property: 'getBuiltinModule',
          message: 'Node 20.9 has none: see lib/base/node-modules.ts.',
        },
      ],
    },
  },

  {
    // They take longer to load than all of ownssl.
    files: ['lib/**/*.ts'],
    ignores: ['lib/base/node-modules.ts', 'lib/cli/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['node:crypto', 'node:tls'].map((name) => ({
            name,
            message: 'Take it from lib/base/node-modules.ts.',
            allowTypeImports: true,
          })),
        },
      ],
    },
  },

  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
  {
    files: ['**/*.cjs', '**/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: globals.node },
  },
  { files: ['test/**/*.mjs'], languageOptions: { globals: globals.mocha } },
);
