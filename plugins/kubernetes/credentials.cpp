#include "plugins/kubernetes/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/kubernetes/file.hpp"
#include "plugins/kubernetes/pem.hpp"

namespace scalehook::kubernetes {
namespace {

std::string read(const Source& source) {
  if (source.file.empty()) return source.data;
  auto text = read_file(source.file);
  if (!text) {
    throw bad_access(fmt::format("{}: cannot read {}: {}", source.where, source.file.string(),
                                 text.error().explanation));
  }
  return *std::move(text);
}

std::string read_token(const Source& source) {
  if (source.empty()) return {};
  constexpr const char* space = " \t\r\n";
  std::string token = read(source);
  token.erase(token.find_last_not_of(space) + 1);
  token.erase(0, token.find_first_not_of(space));
  const std::string place = source.file.empty()
                                ? source.where
                                : fmt::format("{}: {}", source.where, source.file.string());
  if (token.empty()) throw bad_access(fmt::format("{}: the token is empty", place));
  // It becomes a header line, which a control character could break out of.
  if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; })) {
    throw bad_access(fmt::format("{}: the token holds spaces or characters no token has", place));
  }
  return token;
}

Secrets read_all(const Source& authority, const Source& certificate, const Source& key,
                 const Source& token) {
  Secrets secrets{read(authority), read(certificate), read(key), read_token(token)};
  const auto check = [](const Source& source, const std::optional<std::string>& fault) {
    if (!fault) return;
    const std::string file = source.file.empty() ? "" : source.file.string() + ": ";
    throw bad_access(fmt::format("{}: {}{}", source.where, file, *fault));
  };
  if (!authority.empty()) check(authority, fault_in_authority(secrets.authority));
  if (!certificate.empty()) {
    check(certificate, fault_in_certificate(secrets.certificate, secrets.key));
  }
  return secrets;
}

}  // namespace

Credentials::Credentials(const Access& access, Warn warn,
                         std::chrono::steady_clock::duration interval)
    : authority_{access.authority},
      certificate_{access.certificate},
      key_{access.key},
      token_{access.token},
      warn_{std::move(warn)},
      interval_{interval},
      secrets_{std::make_shared<const Secrets>(read_all(authority_, certificate_, key_, token_))},
      read_at_{std::chrono::steady_clock::now()} {}

std::shared_ptr<const Secrets> Credentials::current() {
  const std::lock_guard lock{mutex_};
  if (std::chrono::steady_clock::now() - read_at_ >= interval_) renew();
  return secrets_;
}

std::shared_ptr<const Secrets> Credentials::replacement(
    const std::shared_ptr<const Secrets>& rejected) {
  const std::lock_guard lock{mutex_};
  if (secrets_ == rejected) renew();
  return secrets_;
}

void Credentials::renew() {
  read_at_ = std::chrono::steady_clock::now();
  try {
    Secrets found = read_all(authority_, certificate_, key_, token_);
    if (found != *secrets_) secrets_ = std::make_shared<const Secrets>(std::move(found));
  } catch (const failure& fault) {
    warn_(fault.explanation + "; the last good credentials stay in use");
  }
}

}  // namespace scalehook::kubernetes
