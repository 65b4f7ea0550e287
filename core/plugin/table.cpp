#include "core/plugin/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "core/plugin/file.hpp"
#include "core/plugin/text.hpp"

namespace scalehook::plugin {
namespace {

// A table must reach at least as far as in SDK 1.0, for ever; it may be longer.
constexpr std::size_t plugin_size = offsetof(scalehook_plugin, notifier) + sizeof(void*);
constexpr std::size_t scaler_size = offsetof(scalehook_scaler, write) + sizeof(void*);
constexpr std::size_t notifier_size = offsetof(scalehook_notifier, notify) + sizeof(void*);

constexpr std::size_t longest_name = 63;  // a metric label, and a DNS label's length

constexpr std::string_view rebuild = "rebuild it with this version's scalehook/plugin.h";
constexpr std::string_view tell_author = "this is for the plugin's author to mend";

struct Finding {
  std::string fact;
  std::string_view remedy;
};
using Fault = std::optional<Finding>;

std::string version_text(std::uint32_t version) {
  return fmt::format("{}.{}", version >> 16U, version & 0xffffU);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Fault check_versions(const scalehook_plugin& table) {
  if (table.magic != SCALEHOOK_MAGIC) {
    return Finding{fmt::format("its table begins with {:#010x}, not with SCALEHOOK_MAGIC {:#010x}",
                               table.magic, SCALEHOOK_MAGIC),
                   rebuild};
  }
  if (table.struct_size < plugin_size) {
    return Finding{fmt::format("its table is of {} bytes, and {} is the least", table.struct_size,
                               plugin_size),
                   rebuild};
  }
  if (table.api_version >> 16U != SCALEHOOK_API_VERSION >> 16U) {
    return Finding{
        fmt::format("it is built for plugin interface {}, and this is {}",
                    version_text(table.api_version), version_text(SCALEHOOK_API_VERSION)),
        rebuild};
  }
  if (table.min_api_version > SCALEHOOK_API_VERSION) {
    return Finding{
        fmt::format("it needs plugin interface {} or later, and this is {}",
                    version_text(table.min_api_version), version_text(SCALEHOOK_API_VERSION)),
        "install a newer scalehook, or an older version of the plugin"};
  }
  if (table.reserved != 0) {
    return Finding{fmt::format("its table's reserved member is {}, not 0", table.reserved),
                   tell_author};
  }
  return std::nullopt;
}

Fault check_names(const scalehook_plugin& table) {
  const std::string_view name = view(table.name);
  if (!is_name(name)) {
    return Finding{fmt::format("its name \"{}\" is not of a-z, 0-9 and - only, 1 to {} of them",
                               cleaned(name, longest_name), longest_name),
                   tell_author};
  }
  const std::string_view version = view(table.version);
  if (version.empty() || version.size() > longest_name || !is_clean(version)) {
    return Finding{version.empty() ? "its version is missing"
                                   : fmt::format("its version is not a short text: \"{}\"",
                                                 cleaned(version, longest_name)),
                   tell_author};
  }
  return std::nullopt;
}

Fault check_functions(const scalehook_plugin& table) {
  const auto missing = [](std::string_view what) {
    return Finding{fmt::format("it has no function {}", what), tell_author};
  };
  if (table.create == nullptr) return missing("create");
  if (table.destroy == nullptr) return missing("destroy");
  if (table.scaler == nullptr && table.notifier == nullptr) {
    return Finding{"it is neither a scaler nor a notifier", tell_author};
  }
  if (const scalehook_scaler* const scaler = table.scaler) {
    if (scaler->struct_size < scaler_size) {
      return Finding{fmt::format("its scaler's table is of {} bytes, and {} is the least",
                                 scaler->struct_size, scaler_size),
                     rebuild};
    }
    if (scaler->reserved != 0) {
      return Finding{fmt::format("its scaler's reserved member is {}, not 0", scaler->reserved),
                     tell_author};
    }
    if (scaler->read == nullptr) return missing("read for its scaler");
    if (scaler->write == nullptr) return missing("write for its scaler");
  }
  if (const scalehook_notifier* const notifier = table.notifier) {
    if (notifier->struct_size < notifier_size) {
      return Finding{fmt::format("its notifier's table is of {} bytes, and {} is the least",
                                 notifier->struct_size, notifier_size),
                     rebuild};
    }
    if (notifier->notify == nullptr) return missing("notify for its notifier");
    if (notifier->subscribes != SCALEHOOK_DECISIONS) {
      return Finding{fmt::format("its notifier subscribes to {}, and this host tells of decisions "
                                 "only, which is {}",
                                 notifier->subscribes, static_cast<int>(SCALEHOOK_DECISIONS)),
                     "set subscribes to SCALEHOOK_DECISIONS, or install a newer scalehook"};
    }
  }
  return std::nullopt;
}

}  // namespace

boost::system::result<std::shared_ptr<Library>, std::string> check_table(
    const std::string& path, const scalehook_plugin* table) {
  const auto refuse = [&](const Finding& finding) {
    return refusal(path, finding.fact, finding.remedy);
  };
  if (table == nullptr) return refuse({"scalehook_plugin_v1 returned no table", tell_author});
  for (const auto check : {check_versions, check_names, check_functions}) {
    if (const Fault fault = check(*table)) return refuse(*fault);
  }
  auto library = std::make_shared<Library>();
  library->path = path;
  library->name = view(table->name);
  library->version = view(table->version);
  library->table = table;

  auto settings = Schema::parse(view(table->settings_schema));
  if (!settings) {
    return refuse(
        {fmt::format("its settings schema is wrong at {}", settings.error()), tell_author});
  }
  auto target = Schema::parse(table->scaler == nullptr ? "" : view(table->scaler->target_schema));
  if (!target) {
    return refuse({fmt::format("its target schema is wrong at {}", target.error()), tell_author});
  }
  if (!target->is_of_strings()) {
    return refuse({"its target schema allows other values than strings", tell_author});
  }
  library->settings = *settings;
  library->target = *target;
  return library;
}

}  // namespace scalehook::plugin
