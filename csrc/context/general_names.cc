#include "general_names.h"

#include <cstdio>
#include <vector>

#include "../base/span.h"
#include "../openssl/pointers.h"

namespace ownssl {
namespace {

enum class Charset { kLatin1, kUtf8 };

Span BytesOf(const ASN1_STRING* string) {
  const int length = ossl.ASN1_STRING_length(string);
  if (length <= 0) return {};
  return {ossl.ASN1_STRING_get0_data(string), static_cast<size_t>(length)};
}

// Whether a character may be part of a JSON string as it stands.
bool IsPrintable(uint8_t c, Charset charset) {
  if (c >= 0x80) return charset == Charset::kUtf8;
  return c >= ' ' && c <= '~';
}

// Whether a value can stand without quotes. Programs split the text at commas, or look for quotes,
// and a value must not lead them astray.
bool IsPlain(Span value, Charset charset) {
  for (size_t i = 0; i < value.size; ++i) {
    const uint8_t c = value.data[i];
    if (c == '"' || c == '\\' || c == ',' || c == '\'' || !IsPrintable(c, charset)) return false;
  }
  return true;
}

// `prefix` becomes part of the value, within its quotes.
std::string Quoted(const std::string& prefix, Span value, Charset charset) {
  const std::string plain = prefix + std::string(value.data, value.data + value.size);
  if (IsPlain(value, charset)) return plain;
  std::string text = "\"" + prefix;
  for (size_t i = 0; i < value.size; ++i) {
    const uint8_t c = value.data[i];
    if (c == '"' || c == '\\') {
      text += '\\';
      text += static_cast<char>(c);
    } else if (c != ',' && IsPrintable(c, charset)) {
      text += static_cast<char>(c);
    } else {
      char escape[sizeof("\\u00ff")];
      std::snprintf(escape, sizeof(escape), "\\u00%02x", static_cast<unsigned>(c));
      text += escape;
    }
  }
  return text + "\"";
}

std::string AddressText(Span address) {
  std::string text;
  char part[16];
  if (address.size == 4) {
    for (size_t i = 0; i < address.size; ++i) {
      if (i > 0) text += '.';
      text += std::to_string(address.data[i]);
    }
    return text;
  }
  if (address.size == 16) {
    for (size_t i = 0; i < address.size; i += 2) {
      if (i > 0) text += ':';
      const unsigned group = static_cast<unsigned>(address.data[i]) << 8 | address.data[i + 1];
      std::snprintf(part, sizeof(part), "%X", group);
      text += part;
    }
    return text;
  }
  return "<invalid length=" + std::to_string(address.size) + ">";
}

std::string DirectoryText(const X509_NAME* name) {
  // What JSON cannot hold is escaped afterwards, so OpenSSL must not escape it before.
  constexpr unsigned long kFlags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB | ASN1_STRFLGS_ESC_CTRL);
  const BIOPointer bio(ossl.BIO_new(ossl.BIO_s_mem()));
  if (!bio || ossl.X509_NAME_print_ex(bio.get(), name, 0, kFlags) < 0) return "<unsupported>";
  char* data = nullptr;
  const long size = ossl.BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
  if (size <= 0) return "";
  const Span text{reinterpret_cast<const uint8_t*>(data), static_cast<size_t>(size)};
  return Quoted("", text, Charset::kUtf8);
}

std::string OtherNameText(const OTHERNAME* name) {
  const char* prefix = nullptr;
  int type = V_ASN1_UTF8STRING;
  switch (ossl.OBJ_obj2nid(name->type_id)) {
    case NID_id_on_SmtpUTF8Mailbox:
      prefix = "SmtpUTF8Mailbox:";
      break;
    case NID_XmppAddr:
      prefix = "XmppAddr:";
      break;
    case NID_SRVName:
      prefix = "SRVName:";
      type = V_ASN1_IA5STRING;
      break;
    case NID_ms_upn:
      prefix = "UPN:";
      break;
    case NID_NAIRealm:
      prefix = "NAIRealm:";
      break;
    default:
      break;
  }
  const ASN1_TYPE* value = name->value;
  if (prefix == nullptr || value == nullptr || value->type != type) return "<unsupported>";
  const Charset charset = type == V_ASN1_IA5STRING ? Charset::kLatin1 : Charset::kUtf8;
  return Quoted(prefix, BytesOf(value->value.asn1_string), charset);
}

}  // namespace

std::string TextOf(const GENERAL_NAME* name) {
  int type = -1;
  const void* value = ossl.GENERAL_NAME_get0_value(name, &type);
  const auto* string = static_cast<const ASN1_STRING*>(value);
  switch (type) {
    case GEN_DNS:
      return "DNS:" + Quoted("", BytesOf(string), Charset::kLatin1);
    case GEN_EMAIL:
      return "email:" + Quoted("", BytesOf(string), Charset::kLatin1);
    case GEN_URI:
      return "URI:" + Quoted("", BytesOf(string), Charset::kLatin1);
    case GEN_IPADD:
      return "IP Address:" + AddressText(BytesOf(string));
    case GEN_DIRNAME:
      return "DirName:" + DirectoryText(static_cast<const X509_NAME*>(value));
    case GEN_RID: {
      constexpr size_t kRoom = 256;
      return "Registered ID:" + TextOf(static_cast<const ASN1_OBJECT*>(value), true, kRoom);
    }
    case GEN_OTHERNAME:
      return "othername:" + OtherNameText(static_cast<const OTHERNAME*>(value));
    case GEN_X400:
      return "X400Name:<unsupported>";
    case GEN_EDIPARTY:
      return "EdiPartyName:<unsupported>";
    default:
      return "<unsupported>";
  }
}

std::string TextOf(const ASN1_OBJECT* object, bool numeric, size_t room) {
  std::vector<char> text(room);
  const int size =
      ossl.OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, numeric ? 1 : 0);
  return size > 0 ? text.data() : "";
}

}  // namespace ownssl
