// What an instance sees of its host: settings and the log.
#pragma once

#include <scalehook/plugin.h>

#include <boost/json/value.hpp>
#include <memory>
#include <string>

#include "core/plugin/borrowed.hpp"

namespace scalehook::plugin {

// Outlives the plugin's instance. Messages go to the log, with the instance's name as a field and
// cleaned of what is no text. Any thread.
class Host : public scalehook_host {
 public:
  Host(std::string name, std::shared_ptr<const boost::json::value> settings);

  const std::string& name() const { return name_; }
  const Borrowed& settings() const { return settings_; }

 private:
  const std::string name_;
  const Borrowed settings_;
};

}  // namespace scalehook::plugin
