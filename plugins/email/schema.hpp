// What the settings may be, as the host checks them.
#pragma once

#include <string_view>

namespace scalehook::email {

inline constexpr std::string_view kSettings = R"json({
  "type": "object",
  "required": ["smarthost", "from", "to"],
  "additionalProperties": false,
  "properties": {
    "smarthost": {
      "type": "string",
      "pattern": "^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9.])?|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}$",
      "description": "The SMTP server as host:port; 587 for STARTTLS, 465 for TLS at once"
    },
    "from": {
      "type": "string",
      "description": "The sender: local@domain or Name <local@domain>"
    },
    "to": {
      "type": "array",
      "items": {"type": "string"},
      "description": "The recipients, at least one, each written as in from"
    },
    "subject": {
      "type": "string",
      "default": "[scalehook] ${headline}",
      "description": "The subject; ${headline}, ${count}, ${target}, ${rule}, ${action}, ${kind}, ${reason}, ${from}, ${to} and ${labels.NAME} are filled in"
    },
    "headers": {
      "type": "object",
      "additionalProperties": true,
      "default": {},
      "description": "Further header fields, by name, such as Reply-To, List-Id or X-Team; of a mail's own none"
    },
    "threading": {
      "type": "boolean",
      "default": true,
      "description": "All mails of one workload's episode are one conversation"
    },
    "username": {
      "type": "string",
      "description": "For AUTH PLAIN or LOGIN; without it nothing is authenticated"
    },
    "password_file": {
      "type": "string",
      "pattern": "^/",
      "description": "A file with the password, read at every delivery; one line end at its end is left out"
    },
    "require_tls": {
      "type": "boolean",
      "default": true,
      "description": "Refuse a server without STARTTLS. With false the mail, and the password, go in the clear where the server offers none"
    },
    "force_implicit_tls": {
      "type": "boolean",
      "description": "TLS from the first byte, without STARTTLS; true on port 465 unless said otherwise"
    },
    "tls_config": {
      "type": "object",
      "additionalProperties": false,
      "description": "How the server's certificate is checked",
      "properties": {
        "ca_file": {
          "type": "string",
          "pattern": "^/",
          "description": "PEM file of the CAs to trust, in place of the system's"
        },
        "insecure_skip_verify": {
          "type": "boolean",
          "default": false,
          "description": "Take any certificate"
        }
      }
    },
    "hello": {
      "type": "string",
      "pattern": "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
      "description": "The name that EHLO says; this machine's unless said otherwise"
    },
    "timeout": {
      "type": "string",
      "pattern": "^([1-9]|[12][0-9]|30)s$",
      "default": "30s",
      "description": "How long one delivery may take, in seconds; at most 30s, for scalehook waits no longer"
    }
  }
})json";

}  // namespace scalehook::email
