#include "plugins/kubernetes/transport/credentials.hpp"

#include <fmt/format.h>

#include <utility>

#include "plugins/kubernetes/access/file.hpp"
#include "plugins/kubernetes/transport/pem.hpp"

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

void check(const Source& source, const std::optional<std::string>& fault) {
  if (!fault) return;
  const std::string file = source.file.empty() ? "" : source.file.string() + ": ";
  throw bad_access(fmt::format("{}: {}{}", source.where, file, *fault));
}

std::string read_token_of(const Source& source) {
  constexpr const char* space = " \t\r\n";
  std::string token = read(source);
  token.erase(token.find_last_not_of(space) + 1);
  token.erase(0, token.find_first_not_of(space));
  check(source, fault_in_token(token));
  return token;
}

std::string read_token(const Source& source) {
  if (source.empty()) return {};
  if (source.file.empty() || source.data.empty()) return read_token_of(source);
  try {
    return read_token_of(source);
  } catch (const failure&) {
    return read_token_of({source.data, {}, source.where});
  }
}

Secrets read_all(const Access& access) {
  Secrets secrets{read(access.authority), read(access.certificate), read(access.key),
                  read_token(access.token), nullptr};
  if (!access.authority.empty()) {
    check(access.authority, fault_in_authority(secrets.authority));
  }
  if (!access.certificate.empty()) {
    check(access.certificate, fault_in_certificate(secrets.certificate, secrets.key));
  }
  return secrets;
}

}  // namespace

Credentials::Credentials(const Access& access, Warn warn,
                         std::chrono::steady_clock::duration interval)
    : access_{access},
      warn_{std::move(warn)},
      interval_{interval},
      secrets_{std::make_shared<const Secrets>(read_all(access))},
      read_at_{std::chrono::steady_clock::now()} {
  if (!access.exec) return;
  exec_.emplace(*access.exec, [this] {
    const std::lock_guard lock{mutex_};
    return exec_info(access_, secrets_->authority);
  });
}

outcome<Credentials::Set> Credentials::current(const Patience& patience) {
  Set files;
  {
    const std::lock_guard lock{mutex_};
    if (refused_ || std::chrono::steady_clock::now() - read_at_ >= interval_) renew();
    if (refused_) {
      return denied("credentials-unreadable",
                    fault_ + "; the API server refused what was read of it before");
    }
    files = secrets_;
  }
  return exec_ ? with_exec(files, patience, nullptr) : outcome<Set>{files};
}

outcome<Credentials::Set> Credentials::replacement(const Set& rejected, const Patience& patience) {
  Set files;
  {
    const std::lock_guard lock{mutex_};
    if (secrets_ == rejected || (exec_ && joined_ == rejected)) {
      renew();
      refused_ = !exec_ && !fault_.empty();
    }
    files = secrets_;
  }
  return exec_ ? with_exec(files, patience, rejected->from_exec) : outcome<Set>{files};
}

outcome<Credentials::Set> Credentials::with_exec(const Set& files, const Patience& patience,
                                                 const ExecPlugin::Credential& rejected) {
  const auto given = exec_->get(patience, rejected);
  if (!given) return given.error();
  const std::lock_guard lock{mutex_};
  if (!joined_ || joined_->from_exec != *given || joined_->authority != files->authority) {
    joined_ = std::make_shared<const Secrets>(
        Secrets{files->authority, (*given)->certificate, (*given)->key, (*given)->token, *given});
  }
  return joined_;
}

void Credentials::renew() {
  read_at_ = std::chrono::steady_clock::now();
  try {
    Secrets found = read_all(access_);
    fault_.clear();
    refused_ = false;
    if (found != *secrets_) secrets_ = std::make_shared<const Secrets>(std::move(found));
  } catch (const failure& fault) {
    fault_ = fault.explanation;
    if (!refused_) warn_(fault_ + "; the last good credentials stay in use until they are refused");
  }
}

}  // namespace scalehook::kubernetes
