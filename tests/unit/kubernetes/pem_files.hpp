// A self-signed certificate and its key, made on the spot.
#pragma once

#include <string>

namespace scalehook::kubernetes {

struct PemPair {
  std::string certificate, key;
};
PemPair make_pem_pair();

std::string base64(const std::string& data);

}  // namespace scalehook::kubernetes
