// Talks to a daemon that runs.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <string>

namespace scalehook::app {

// The JSON that a daemon answers, or one sentence: it cannot be reached, and how it might be; or
// what it says is wrong. `url` is the daemon's ("http://127.0.0.1:9095"), `path` begins with a
// slash.
using RemoteAnswer = boost::system::result<boost::json::value, std::string>;
RemoteAnswer get(const std::string& url, const std::string& path);
RemoteAnswer post(const std::string& url, const std::string& path, const boost::json::value& body);

}  // namespace scalehook::app
