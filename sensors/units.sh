#!/bin/sh
# Which systemd units have failed? (Where there is no systemd: none, for ever, at no cost.)
# flyball: interval=1m timeout=10s for=1m
set -u
export LC_ALL=C
if [ ! -d /run/systemd/system ] || ! command -v systemctl >/dev/null 2>&1; then
  echo '{"signal":{"state":"no-systemd","failed":[]}}'; exit 0
fi
list=$(systemctl list-units --failed --plain --no-legend --no-pager) || exit 1
# A session without a user manager (a container, cron) has no units of its own to fail.
mine=$(systemctl --user list-units --failed --plain --no-legend --no-pager 2>/dev/null) || mine=
names=$(printf '%s\n%s\n' "$list" "$mine" | awk 'NF { print $1 }' | tr -cd 'A-Za-z0-9\n@._:-' | sort -u | head -n 10)
json=$(printf '%s\n' "$names" | awk 'NF { printf "%s\"%s\"", s, $1; s = "," }')
[ -n "$json" ] && state=failed || state=ok
printf '{"signal":{"state":"%s","failed":[%s]}}\n' "$state" "$json"
