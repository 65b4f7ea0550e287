// From a configuration file to plugins at work, every mistake at once.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/load.hpp"
#include "core/dispatch/setup.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/library.hpp"
#include "core/telemetry/metrics.hpp"
#include "core/upstream/client.hpp"

namespace scalehook::app {

// A configuration whose plugins are loaded and whose settings and targets fit their schemas.
struct Checked {
  config::Document document;
  plugin::Catalog catalog;
};

// `file` empty: the built-in configuration. Fails with every mistake, a line each, as
// "FILE:LINE:COLUMN: MESSAGE". Changes nothing; creates no instance.
boost::system::result<Checked, std::string> check(const std::string& file);

// One sentence if the fields do not fit the scaler's schema of targets.
std::optional<std::string> check_target(const plugin::Library& library,
                                        const plugin::TargetFields& fields);

// A configuration's plugins at work.
class Running {
 public:
  // Creates the instances. Fails with every refusal, a line each. `metrics` outlives the result.
  static boost::system::result<std::shared_ptr<Running>, std::string> create(
      const Checked& checked, const std::string& file, telemetry::Metrics& metrics);

  const std::shared_ptr<const dispatch::Setup>& setup() const { return setup_; }

  // To be called when no call to them runs or follows. False: an instance did not end in time, and
  // the process must end with _exit.
  bool stop(std::chrono::milliseconds limit);

 private:
  std::shared_ptr<const dispatch::Setup> setup_;
  std::vector<std::shared_ptr<plugin::Instance>> instances_;
  std::unique_ptr<upstream::Client> upstream_;  // null: nobody to ask
};

}  // namespace scalehook::app
