# Sets OWNSSL_NODE_INCLUDE, the headers that come with Node, and OWNSSL_OPENSSL_INCLUDE, OpenSSL's
# headers, of any version from 3.0 on. The latter is empty when the compiler finds the system's by
# itself. Only headers are needed, because nothing is linked to a shared libssl.
include(CheckCXXSourceCompiles)

set(OWNSSL_OPENSSL_INCLUDE "")
execute_process(
  COMMAND node -p "require('path').resolve(process.execPath, '../../include/node')"
  OUTPUT_VARIABLE OWNSSL_NODE_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT OPENSSL_ROOT_DIR AND DEFINED ENV{OPENSSL_ROOT_DIR})
  set(OPENSSL_ROOT_DIR $ENV{OPENSSL_ROOT_DIR})
endif()

function(ownssl_try_headers result folder)
  set(CMAKE_REQUIRED_INCLUDES ${folder})
  string(MD5 key "${folder}")
  check_cxx_source_compiles("
    #include <openssl/ssl.h>
    #if OPENSSL_VERSION_NUMBER < 0x30000000L
    #error too old
    #endif
    int main() { return 0; }" OWNSSL_HEADERS_${key})
  set(${result} ${OWNSSL_HEADERS_${key}} PARENT_SCOPE)
endfunction()

if(OPENSSL_ROOT_DIR)
  set(OWNSSL_OPENSSL_INCLUDE ${OPENSSL_ROOT_DIR}/include)
  ownssl_try_headers(usable ${OWNSSL_OPENSSL_INCLUDE})
  if(NOT usable)
    message(FATAL_ERROR "No headers of OpenSSL 3.0 or later in ${OWNSSL_OPENSSL_INCLUDE}")
  endif()
else()
  ownssl_try_headers(usable "")
  if(NOT usable)
    set(OWNSSL_OPENSSL_INCLUDE ${OWNSSL_NODE_INCLUDE})
    ownssl_try_headers(usable "${OWNSSL_OPENSSL_INCLUDE}")
  endif()
  if(NOT usable)
    message(FATAL_ERROR
      "No OpenSSL headers: install libssl-dev (Debian, Ubuntu) or openssl-devel (Fedora, RHEL)")
  endif()
endif()
