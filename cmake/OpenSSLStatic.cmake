# With OWNSSL_STATIC: sets OWNSSL_STATIC_LIBRARIES and writes generated/static_optional.inc, which
# names the optional functions (csrc/openssl/functions_optional.def) that these archives have.
if(NOT OWNSSL_STATIC)
  return()
endif()

set(archives "")
foreach(name ssl crypto)
  find_library(OWNSSL_ARCHIVE_${name} NAMES lib${name}.a HINTS ${OPENSSL_ROOT_DIR}
    PATH_SUFFIXES lib lib64)
  if(NOT OWNSSL_ARCHIVE_${name})
    message(FATAL_ERROR "OWNSSL_STATIC: no lib${name}.a in OPENSSL_ROOT_DIR (${OPENSSL_ROOT_DIR})")
  endif()
  list(APPEND archives ${OWNSSL_ARCHIVE_${name}})
endforeach()
set(OWNSSL_STATIC_LIBRARIES ${archives})

# libcrypto.a may need other libraries itself, such as zlib. One that is missing would show only when
# the addon is loaded.
get_filename_component(folder ${OWNSSL_ARCHIVE_crypto} DIRECTORY)
set(description ${folder}/pkgconfig/libcrypto.pc)
if(EXISTS ${description})
  file(STRINGS ${description} private REGEX "^Libs\\.private:")
  string(REGEX MATCHALL "-(l|pthread)[^ ]*" private "${private}")
  list(APPEND OWNSSL_STATIC_LIBRARIES ${private})
endif()

execute_process(COMMAND ${CMAKE_NM} --defined-only ${archives}
  OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS csrc/openssl/functions_optional.def lines REGEX "^OSSL_OPTIONAL")
set(have "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^OSSL_OPTIONAL\\([^,]+, [^,]+, ([A-Za-z0-9_]+),.*" "\\1" function "${line}")
  if(symbols MATCHES " T ${function}\n")
    string(APPEND have "OSSL_HAVE(${function})\n")
  endif()
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/static_optional.inc CONTENT "${have}" @ONLY)
