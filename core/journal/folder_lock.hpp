// One daemon a storage folder.
#pragma once

#include <string>

namespace scalehook::journal {

// Holds `<folder>/lock` for as long as it lives; the kernel lets go of it however the process ends.
class FolderLock {
 public:
  // Throws std::runtime_error with a sentence for the user if another process holds it.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

}  // namespace scalehook::journal
