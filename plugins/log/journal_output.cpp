#include "plugins/log/journal_output.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "plugins/log/journal_entry.hpp"
#include "plugins/log/socket.hpp"

namespace scalehook::log {
namespace {

const std::string kSocket = "/run/systemd/journal/socket";
constexpr std::size_t kLargestDatagram = 64 * 1024;  // well below the usual limits

failure fault(const std::string& what, int number) {
  return retry("write", what + ": " + std::strerror(number));
}

// A file in memory with the entry that nobody can change any more, as the protocol asks.
outcome<Descriptor> sealed_file(std::string_view entry) {
  Descriptor file(memfd_create("scalehook-event", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return fault("no memory for a large event", errno);
  while (!entry.empty()) {
    const auto written = write(file.get(), entry.data(), entry.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fault("no memory for a large event", errno);
    entry.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) <
      0) {
    return fault("a large event cannot be sealed", errno);
  }
  return file;
}

outcome<done> send_file(int fd, int file, const Limits& limits) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &file, sizeof file);
  return send_message(fd, message, limits, kSocket);
}

}  // namespace

outcome<done> JournalOutput::write(const Event& event, const Limits& limits) {
  const auto entry = journal_entry(event, instance_);
  const auto socket = connect_to(local_endpoint(kSocket), SOCK_DGRAM, limits, kSocket);
  if (!socket) {
    auto why = socket.error();
    why.explanation += " (does systemd-journald run here?)";
    return why;
  }
  if (entry.size() <= kLargestDatagram) {
    auto sent = send_all(socket->get(), entry, limits, kSocket);
    // What a small send buffer has no room for (EMSGSIZE, ENOBUFS) goes as a file too, as from
    // sd_journal_sendv(3).
    if (sent || (sent.error().code != "too-large" && sent.error().code != "write")) return sent;
  }
  const auto file = sealed_file(entry);
  if (!file) return file.error();
  return send_file(socket->get(), file->get(), limits);
}

}  // namespace scalehook::log
