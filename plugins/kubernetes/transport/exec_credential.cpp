#include "plugins/kubernetes/transport/exec_credential.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "plugins/kubernetes/access/one_line.hpp"
#include "plugins/kubernetes/transport/pem.hpp"
#include "plugins/kubernetes/transport/rfc3339.hpp"

namespace scalehook::kubernetes {
namespace {

namespace json = boost::json;

std::string encode_base64(const std::string& data) {
  std::string text((data.size() + 2) / 3 * 4 + 1, '\0');  // with the zero that OpenSSL adds
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(data.data()),
                                   static_cast<int>(data.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// Empty if there is no such member, or it is no string.
std::string text_of(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

failure bad(const std::string& why) { return denied("exec-bad-answer", why); }

}  // namespace

std::string exec_info(const Access& access, const std::string& authority) {
  json::object spec{{"interactive", false}};
  if (access.exec->provide_cluster_info) {
    json::object cluster{{"server", access.server}};
    const auto add = [&](const char* key, const std::string& value) {
      if (!value.empty()) cluster[key] = value;
    };
    add("tls-server-name", access.tls_server_name);
    if (access.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    add("certificate-authority-data", authority.empty() ? "" : encode_base64(authority));
    add("proxy-url", access.proxy);
    if (!access.exec->cluster_config.empty()) {
      cluster["config"] = json::parse(access.exec->cluster_config);
    }
    spec["cluster"] = std::move(cluster);
  }
  return json::serialize(json::object{{"apiVersion", access.exec->api_version},
                                      {"kind", "ExecCredential"},
                                      {"spec", std::move(spec)}});
}

outcome<ExecCredential> parse_exec_credential(const std::string& output,
                                              const std::string& api_version) {
  boost::system::error_code error;
  const json::value value = json::parse(output, error);
  const json::object* const object = error ? nullptr : value.if_object();
  if (!object) return bad("it wrote no JSON object to stdout; expected an ExecCredential");
  const std::string kind = text_of(*object, "kind");
  if (!kind.empty() && kind != "ExecCredential") {
    return bad(
        fmt::format("it answered with a {}; expected an ExecCredential", one_line(kind, 40)));
  }
  if (const std::string version = text_of(*object, "apiVersion"); version != api_version) {
    return bad(
        fmt::format("it answered with the apiVersion \"{}\", and `exec` asks for {}; write "
                    "there what it answers with",
                    one_line(version, 80), api_version));
  }
  const json::value* const found = object->if_contains("status");
  if (!found || !found->is_object()) return bad("its ExecCredential has no status");
  const json::object& status = found->get_object();

  ExecCredential result{text_of(status, "token"), text_of(status, "clientCertificateData"),
                        text_of(status, "clientKeyData"), std::nullopt};
  if (result.token.empty() && result.certificate.empty() && result.key.empty()) {
    return bad("its status has neither token nor clientCertificateData and clientKeyData");
  }
  if (result.certificate.empty() != result.key.empty()) {
    return bad("its status has only one of clientCertificateData and clientKeyData");
  }
  if (const auto fault = fault_in_token(result.token); fault && !result.token.empty()) {
    return bad(*fault);
  }
  if (!result.key.empty()) {
    if (const auto fault = fault_in_certificate(result.certificate, result.key)) return bad(*fault);
  }
  const json::value* const expires = status.if_contains("expirationTimestamp");
  if (expires && !expires->is_null()) {
    if (expires->is_string()) result.expires = parse_rfc3339(expires->get_string());
    if (!result.expires) return bad("its expirationTimestamp is no time of RFC 3339");
  }
  return result;
}

}  // namespace scalehook::kubernetes
