#!/bin/sh
# Is today's page there, and whole? A new day begins at six.
# flyball: interval=1m timeout=10s on=reports/page trust=trusted
set -u
page=reports/page/today.md today=$(date +%Y-%m-%d) six_hours_ago=$(($(date +%s) - 21600))
day=$(date -d "@$six_hours_ago" +%Y-%m-%d 2>/dev/null || date -r "$six_hours_ago" +%Y-%m-%d) || exit 1
if [ ! -e "$page" ]; then state=missing
elif [ ! -r "$page" ]; then echo "$page cannot be read" >&2; exit 1
elif ! tail -n 1 "$page" | grep -q '^<!-- end -->$'; then state=torn
elif head -n 1 "$page" | grep -q -e "^# $today" -e "^# $day"; then state=fresh
else state=old
fi
printf '{"signal":{"page":"%s"}}\n' "$state"
