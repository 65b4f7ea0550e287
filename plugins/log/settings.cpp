#include "plugins/log/settings.hpp"

#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>

namespace scalehook::log {
namespace {

[[noreturn]] void wrong(std::string explanation) {
  throw invalid("setting", std::move(explanation));
}

Format format_of(const host& host, const std::string& output) {
  const auto format = host.setting<std::string>("/format");
  if (format && output == "journal") {
    wrong("/format is not for the journal, whose entries have fields: leave it out");
  }
  if (!format) return output == "syslog" ? Format::text : Format::logfmt;
  if (*format != "text") return *format == "json" ? Format::json : Format::logfmt;
  if (output != "syslog") {
    wrong(
        "/format: text is for output: syslog, whose messages have all else in their structured "
        "data: write logfmt or json");
  }
  return Format::text;
}

Address address_of(const host& host) {
  auto address = parse_address(host.setting<std::string>("/syslog/address", "/dev/log"));
  if (!address) wrong("/syslog/address: " + address.error().explanation);
  return *address;
}

std::string own_hostname() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Origin origin_of(const host& host, Transport transport) {
  Origin origin;
  origin.facility = facility_number(host.setting<std::string>("/syslog/facility", "daemon"));
  origin.hostname = host.setting<std::string>("/syslog/hostname", own_hostname());
  origin.app_name = host.setting<std::string>("/syslog/app_name", origin.app_name);
  origin.process_id = std::to_string(getpid());
  origin.enterprise_number =
      host.setting<int>("/syslog/enterprise_number", origin.enterprise_number);
  // RFC 5426, 3.2: what receivers of datagrams should take at least.
  const std::size_t usual = transport == Transport::udp ? 2048 : origin.max_size;
  origin.max_size = host.setting<std::size_t>("/syslog/max_size", usual);
  return origin;
}

TlsSettings tls_of(const host& host, const boost::json::object& syslog, Transport transport) {
  if (transport != Transport::tls && syslog.contains("tls_config")) {
    wrong("/syslog/tls_config is for an address tls://host:6514: write that, or leave it out");
  }
  TlsSettings tls{host.setting<std::string>("/syslog/tls_config/ca_file", ""),
                  host.setting<std::string>("/syslog/tls_config/cert_file", ""),
                  host.setting<std::string>("/syslog/tls_config/key_file", ""),
                  host.setting<bool>("/syslog/tls_config/insecure_skip_verify", false)};
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    wrong("/syslog/tls_config: cert_file and key_file go together: give both or neither");
  }
  if (transport != Transport::tls) return tls;
  if (const auto usable = check_files(tls); !usable) wrong(usable.error().explanation);
  return tls;
}

}  // namespace

Settings read_settings(const host& host) {
  Settings settings;
  settings.output = host.setting<std::string>("/output", "stderr");
  if (settings.output == "journald") settings.output = "journal";
  settings.format = format_of(host, settings.output);
  const auto all = boost::json::parse(host.settings());
  const auto* const syslog = all.as_object().if_contains("syslog");
  if (settings.output != "syslog") {
    if (syslog) wrong("/syslog is for output: syslog: write that, or leave /syslog out");
    return settings;
  }
  settings.address = address_of(host);
  settings.tls = tls_of(host, syslog ? syslog->as_object() : boost::json::object(),
                        settings.address.transport);
  settings.origin = origin_of(host, settings.address.transport);
  return settings;
}

}  // namespace scalehook::log
