#include "plugins/kubernetes/transport/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

namespace scalehook::kubernetes {
namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
struct ReleaseInfos {
  void operator()(STACK_OF(X509_INFO) * infos) const {
    sk_X509_INFO_pop_free(infos, &X509_INFO_free);
  }
};
using Infos = std::unique_ptr<STACK_OF(X509_INFO), ReleaseInfos>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

Bio open(const std::string& pem) {
  return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

Certificate first_certificate(const std::string& pem) {
  return Certificate{PEM_read_bio_X509(open(pem).get(), nullptr, nullptr, nullptr)};
}

// A passphrase is never asked for on the terminal: a key that has one is refused.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

std::optional<std::string> fault_in_authority(const std::string& pem) {
  const Certificate first = first_certificate(pem);
  // As libcurl reads it, which takes all of it or nothing.
  const Infos all{PEM_X509_INFO_read_bio(open(pem).get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  if (!first) return "there is no certificate in it; expected PEM (BEGIN CERTIFICATE)";
  if (!all) return "not all of the certificates in it can be read; is it cut short?";
  return std::nullopt;
}

std::optional<std::string> fault_in_certificate(const std::string& pem,
                                                const std::string& key_pem) {
  const Certificate certificate = first_certificate(pem);
  bool asked = false;
  const Key key{PEM_read_bio_PrivateKey(open(key_pem).get(), nullptr, &no_passphrase, &asked)};
  const bool match = certificate && key && X509_check_private_key(certificate.get(), key.get());
  ERR_clear_error();  // OpenSSL's queue is this thread's, and libcurl reads it too
  if (!certificate) {
    return "there is no certificate in the client-certificate; expected PEM (BEGIN CERTIFICATE)";
  }
  if (asked) return "the client-key is protected by a passphrase; write it without one";
  if (!key) return "there is no private key in the client-key; expected PEM (BEGIN … KEY)";
  if (!match) return "the client-key does not belong to the client-certificate";
  return std::nullopt;
}

std::optional<std::string> fault_in_token(const std::string& token) {
  if (token.empty()) return "the token is empty";
  // It becomes a header line, which a control character could break out of.
  if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; })) {
    return "the token holds spaces or characters no token has";
  }
  return std::nullopt;
}

}  // namespace scalehook::kubernetes
