# node-gyp and prebuildify build from this. The headers of OpenSSL are those that come with Node, which
# every build by node-gyp has, or those of OPENSSL_ROOT_DIR. CMakeLists.txt has options for development.
{
  'targets': [
    {
      'target_name': 'ownssl',
      'sources': [
        '<!@(node -p "require(\'fs\').readFileSync(\'csrc/sources.txt\', \'utf8\').split(/\\s*\\n/).filter((line) => /^[^#]/.test(line)).join(\' \')")'
      ],
      # Prepended: node-gyp's own folder has OpenSSL headers in it.
      'include_dirs+': [
        '<!(node -p "require(\'node-addon-api\').include_dir")',
        '<!@(node -p "const root = process.env.OPENSSL_ROOT_DIR; root ? root + \'/include\' : \'\'")'
      ],
      # Swallow: in a worker that is being terminated no exception can be thrown, and that must not abort.
      'defines': [
        'NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'
      ],
      'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
      # -O2 and not node-gyp's -O3: 9 % smaller. Of the addon's own instructions it costs 0.6 % in handshakes and 3 % in
      # requests, which are few beside those of OpenSSL and JavaScript; test/package/prebuild.test.mjs has the figures.
      'cflags_cc': ['-O2', '-std=c++17', '-fvisibility=hidden', '-fvisibility-inlines-hidden'],
      'conditions': [
        ['OS == "linux"', {
          'libraries': ['-ldl'],
          # As in CMakeLists.txt; there the warnings are, too.
          'cflags_cc': ['-fstack-protector-strong', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2'],
          'conditions': [
            ['target_arch == "x64"', {'cflags_cc': ['-fcf-protection=branch']}],
            ['target_arch == "arm64"', {'cflags_cc': ['-mbranch-protection=standard']}]
          ],
          # nodelete: OpenSSL calls our memory functions until the process ends.
          'ldflags': [
            '-Wl,-z,nodelete', '-Wl,-z,now', '-Wl,-z,relro', '-Wl,-z,noexecstack',
            '-Wl,--version-script=<(module_root_dir)/csrc/exports.map'
          ]
        }],
        ['OS == "mac"', {
          'xcode_settings': {
            'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
            'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
            'MACOSX_DEPLOYMENT_TARGET': '11.0'
          }
        }],
        ['OS == "win"', {
          'msvs_settings': {'VCCLCompilerTool': {'ExceptionHandling': 1, 'AdditionalOptions': ['/std:c++17']}}
        }]
      ]
    }
  ]
}
