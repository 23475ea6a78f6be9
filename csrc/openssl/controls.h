// What OpenSSL's headers have as macros over SSL_ctrl(), SSL_CTX_ctrl() and their like, as
// functions with types. The macros would call OpenSSL's own functions, past the table (api.h).
#pragma once

#include <string>

#include "api.h"
#include "pointers.h"

namespace ownssl::control {

// --- SSL_CTX ---

inline bool SetMinVersion(SSL_CTX* ctx, int version) {
  return ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, version, nullptr) == 1;
}

inline bool SetMaxVersion(SSL_CTX* ctx, int version) {
  return ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_MAX_PROTO_VERSION, version, nullptr) == 1;
}

inline int MinVersion(SSL_CTX* ctx) {
  return static_cast<int>(ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nullptr));
}

inline int MaxVersion(SSL_CTX* ctx) {
  return static_cast<int>(ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_GET_MAX_PROTO_VERSION, 0, nullptr));
}

inline void SetSessionCacheMode(SSL_CTX* ctx, long mode) {
  ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_SESS_CACHE_MODE, mode, nullptr);
}

// Makes the first certificate that has its key the current one; false if there is none.
inline bool SelectFirstPair(SSL_CTX* ctx) {
  return ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_CURRENT_CERT, SSL_CERT_SET_FIRST, nullptr) == 1;
}

// Makes the next one the current one; false if there is none.
inline bool SelectNextPair(SSL_CTX* ctx) {
  return ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_CURRENT_CERT, SSL_CERT_SET_NEXT, nullptr) == 1;
}

// What is sent with the current certificate; null if nothing is.
inline const STACK_OF(X509) * ChainOf(SSL_CTX* ctx) {
  STACK_OF(X509)* chain = nullptr;
  ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_GET_CHAIN_CERTS, 0, &chain);
  return chain;
}

inline void SelectCertificate(SSL_CTX* ctx, X509* certificate) {
  ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SELECT_CURRENT_CERT, 0, certificate);
}

// The chain of the current certificate, which is the one that was set last.
inline void ClearChain(SSL_CTX* ctx) { ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_CHAIN, 0, nullptr); }

// Takes a reference of its own.
inline bool AddToChain(SSL_CTX* ctx, X509* certificate) {
  return ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_CHAIN_CERT, 1, certificate) == 1;
}

inline bool SetSignatureAlgorithms(SSL_CTX* ctx, const std::string& list) {
  return ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_SIGALGS_LIST, 0, const_cast<char*>(list.c_str())) == 1;
}

inline bool SetGroups(SSL_CTX* ctx, const std::string& list) {
  return ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_GROUPS_LIST, 0, const_cast<char*>(list.c_str())) == 1;
}

inline void SetDhAuto(SSL_CTX* ctx) { ossl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_DH_AUTO, 1, nullptr); }

inline void SetServernameCallback(SSL_CTX* ctx, int (*callback)(SSL*, int* alert, void*)) {
  ossl.SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                             reinterpret_cast<void (*)(void)>(callback));
}

inline void SetOcspCallback(SSL_CTX* ctx, int (*callback)(SSL*, void*)) {
  ossl.SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                             reinterpret_cast<void (*)(void)>(callback));
}

// --- SSL ---

inline void SetMode(SSL* ssl, long mode) { ossl.SSL_ctrl(ssl, SSL_CTRL_MODE, mode, nullptr); }

inline void ClearMode(SSL* ssl, long mode) {
  ossl.SSL_ctrl(ssl, SSL_CTRL_CLEAR_MODE, mode, nullptr);
}

inline bool SetMinVersion(SSL* ssl, int version) {
  return ossl.SSL_ctrl(ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, version, nullptr) == 1;
}

inline bool SetMaxVersion(SSL* ssl, int version) {
  return ossl.SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, version, nullptr) == 1;
}

inline int MinVersion(SSL* ssl) {
  return static_cast<int>(ossl.SSL_ctrl(ssl, SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nullptr));
}

inline int MaxVersion(SSL* ssl) {
  return static_cast<int>(ossl.SSL_ctrl(ssl, SSL_CTRL_GET_MAX_PROTO_VERSION, 0, nullptr));
}

// Takes the place of the store of its SSL_CTX, of which it takes a reference of its own.
inline bool SetVerifyStore(SSL* ssl, X509_STORE* store) {
  return ossl.SSL_ctrl(ssl, SSL_CTRL_SET_VERIFY_CERT_STORE, 1, store) == 1;
}

inline bool SetServername(SSL* ssl, const std::string& name) {
  return ossl.SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       const_cast<char*>(name.c_str())) == 1;
}

inline bool SetMaxSendFragment(SSL* ssl, long size) {
  return ossl.SSL_ctrl(ssl, SSL_CTRL_SET_MAX_SEND_FRAGMENT, size, nullptr) == 1;
}

inline void RequestOcsp(SSL* ssl) {
  ossl.SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, TLSEXT_STATUSTYPE_ocsp, nullptr);
}

// What the server stapled: its size in bytes, -1 if it stapled nothing. The bytes are the SSL's.
inline long OcspResponse(SSL* ssl, const unsigned char** data) {
  return ossl.SSL_ctrl(ssl, SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, data);
}

// The SSL takes the bytes over.
inline void SetOcspResponse(SSL* ssl, OpenSSLMemory<unsigned char> data, size_t size) {
  ossl.SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, static_cast<long>(size),
                data.release());
}

// Whether the master secret is bound to the handshake (RFC 7627).
inline bool HasExtendedMasterSecret(SSL* ssl) {
  return ossl.SSL_ctrl(ssl, SSL_CTRL_GET_EXTMS_SUPPORT, 0, nullptr) == 1;
}

// The key that the peer made for this handshake alone; null where there was none.
inline EVPKeyPointer PeerTemporaryKey(SSL* ssl) {
  EVP_PKEY* key = nullptr;
  ossl.SSL_ctrl(ssl, SSL_CTRL_GET_PEER_TMP_KEY, 0, &key);
  return EVPKeyPointer(key);
}

// The group of the key exchange, on both sides; NID_undef where there was none, or OpenSSL has no
// number for it.
inline int NegotiatedGroup(SSL* ssl) {
  const long group = ossl.SSL_ctrl(ssl, SSL_CTRL_GET_NEGOTIATED_GROUP, 0, nullptr);
  return (group & TLSEXT_nid_unknown) != 0 ? NID_undef : static_cast<int>(group);
}

}  // namespace ownssl::control
