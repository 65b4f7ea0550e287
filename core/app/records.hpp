// Where the decision records are: with a daemon that runs, or in its storage folder.
#pragma once

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <functional>
#include <string>
#include <vector>

#include "core/journal/record.hpp"

namespace scalehook::app {

// Both throw std::runtime_error with one sentence if that cannot be read.
struct Records {
  std::function<std::vector<std::string>()> targets;  // those that have records
  std::function<std::vector<boost::json::object>(const journal::Filter&)> find;  // newest first
};

// Asks the daemon at that URL.
Records records_of_daemon(const std::string& url);

// Reads the journal, whether a daemon runs on it or not. Fails with one sentence.
boost::system::result<Records, std::string> records_in(const std::string& storage_path);

}  // namespace scalehook::app
