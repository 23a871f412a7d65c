#!/bin/sh
# How full is the file system that this home is on?
# flyball: interval=1m timeout=10s trust=trusted
set -u
export LC_ALL=C
low=${DISK_LOW_PCT:-90} full=${DISK_FULL_PCT:-97}
case "$low$full" in *[!0-9]*) echo "DISK_LOW_PCT and DISK_FULL_PCT are whole numbers, not \"$low\" and \"$full\"" >&2; exit 1 ;; esac
# POSIX df: find the column "NN%" that follows a number, since names of devices may hold spaces.
set -- $(df -P -k . | awk 'NR > 1 { for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+%$/ && $(i-1) ~ /^[0-9]+$/) { print $i + 0, int($(i-1) / 1048576); exit } }')
[ $# -eq 2 ] || { echo "df printed no percentage" >&2; exit 1; }
level=ok
[ "$1" -ge "$low" ] && level=low
[ "$1" -ge "$full" ] && level=full
printf '{"signal":{"level":"%s"},"detail":{"used_pct":%d,"free_gb":%d}}\n' "$level" "$1" "$2"
