// Certificates and keys in PEM, and tokens, checked before anything is connected to.
#pragma once

#include <optional>
#include <string>

namespace scalehook::kubernetes {

// Each answers what is wrong with the text, in words to follow its place, or nothing. Any thread.
std::optional<std::string> fault_in_authority(const std::string& pem);
std::optional<std::string> fault_in_certificate(const std::string& pem, const std::string& key_pem);
std::optional<std::string> fault_in_token(const std::string& token);

}  // namespace scalehook::kubernetes
