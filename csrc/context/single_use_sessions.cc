#include "single_use_sessions.h"

#include "../openssl/controls.h"
#include "secure_context.h"

namespace ownssl {

void SecureContext::KeepSingleUseSessions() {
  if (single_use_owner_) return;
  // OpenSSL's replay protection works on its own cache, from which it takes each session that it is
  // about to resume. We look up sessions ourselves, as they may be for other names and other trust.
  control::SetSessionCacheMode(ctx_.get(), SSL_SESS_CACHE_BOTH | SSL_SESS_CACHE_NO_INTERNAL_LOOKUP);
  single_use_owner_ = std::make_unique<SingleUseSessions>();
  single_use_ = single_use_owner_.get();
}

}  // namespace ownssl
