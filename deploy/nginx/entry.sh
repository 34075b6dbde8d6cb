#!/bin/sh
# Before nginx starts: its configuration, a certificate, the replicas' addresses; then, beside it, what changes of these.
# The official image runs it from /docker-entrypoint.d. Settings, with their defaults:
#   GATEWAY=gateway:8000 TELEPHONY=call_handler:8009   names and ports, spaces between several; all addresses of a name count
#   TLS_PLAIN=no            yes: without TLS too, for a TLS proxy in front of us
#   TRUSTED_PROXIES         addresses or networks of such proxies: they say who the client is (X-Forwarded-For)
#   TLS_DIR="/certs /etc/letsencrypt/live/voiceblock"   the first of these folders that has fullchain.pem and privkey.pem counts;
#                           where none has, a certificate is made that is good for this machine
#   PUBLIC_URL              its name is put into that certificate
#   MAX_BODY_MB=64 PORT=8080 RUN=/run/voiceblock CONF=/etc/nginx/conf.d/default.conf WATCH_S=2
set -eu
here=$(dirname "$(readlink -f "$0")")
: "${GATEWAY:=gateway:8000}" "${TELEPHONY:=call_handler:8009}" "${TLS_PLAIN:=no}" "${TLS_DIR:=/certs /etc/letsencrypt/live/voiceblock}" "${MAX_BODY_MB:=64}"
: "${RUN:=/run/voiceblock}" "${CONF:=/etc/nginx/conf.d/default.conf}" "${WATCH_S:=2}" "${PUBLIC_URL:=}"
: "${PORT:=8080}" "${TRUSTED_PROXIES:=}"
template=${TEMPLATE:-/etc/voiceblock/voiceblock.conf}
[ -r "$template" ] || template=$here/voiceblock.conf

# Writes NAME.peers: the addresses of "name:port ..." as nginx's servers. Where none is known, those known before stay; at
# first one that answers nothing, so that nginx starts.
peers() {
    for one in $2; do
        getent ahostsv4 "${one%:*}" | awk -v port="${one##*:}" '{ print "server " $1 ":" port " max_fails=2 fail_timeout=5s;" }'
    done | sort -u >"$RUN/new.$1.peers"
    if [ ! -s "$RUN/new.$1.peers" ]; then
        [ ! -s "$RUN/$1.peers" ] || return 0
        echo "server 127.0.0.1:1;" >"$RUN/new.$1.peers"
    fi
    replace "$1.peers"
}

# The certificate that holds now: the mounted one, or one of our own.
certificate() {
    mounted=$(for folder in $TLS_DIR; do
        if [ -r "$folder/fullchain.pem" ] && [ -r "$folder/privkey.pem" ]; then echo "$folder" && break; fi
    done)
    if [ -n "$mounted" ]; then
        cp -L "$mounted/fullchain.pem" "$RUN/new.fullchain.pem" && cp -L "$mounted/privkey.pem" "$RUN/new.privkey.pem"
        # Half of a renewal may be there: a key that is not the certificate's would stop nginx.
        [ "$(openssl x509 -in "$RUN/new.fullchain.pem" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$RUN/new.privkey.pem" -pubout 2>/dev/null)" ] || return 0
        replace fullchain.pem && replace privkey.pem
    elif [ ! -s "$RUN/fullchain.pem" ] || ! openssl x509 -in "$RUN/fullchain.pem" -noout -checkend 604800 >/dev/null; then
        name=$(echo "$PUBLIC_URL" | sed -n 's#^https*://\([A-Za-z0-9.-]*\).*#,DNS:\1#p')
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=voiceblock \
            -addext "subjectAltName=DNS:localhost,IP:127.0.0.1$name" \
            -keyout "$RUN/privkey.pem" -out "$RUN/fullchain.pem" 2>/dev/null
    fi
}

# $RUN/new.NAME takes the place of $RUN/NAME in one step; nothing is touched where both are the same.
replace() {
    if cmp -s "$RUN/new.$1" "$RUN/$1"; then rm -f "$RUN/new.$1"; else mv "$RUN/new.$1" "$RUN/$1"; fi
}

refresh() {
    peers gateway "$GATEWAY"
    peers telephony "$TELEPHONY"
    certificate
}

state() { cat "$RUN/gateway.peers" "$RUN/telephony.peers" "$RUN/fullchain.pem" "$RUN/privkey.pem" | cksum; }

umask 077
mkdir -p "$RUN/acme/.well-known/acme-challenge"
chmod -R a+rX "$RUN/acme" && chmod a+x "$RUN"
refresh
trusted=$(for proxy in $TRUSTED_PROXIES; do printf 'set_real_ip_from %s; ' "$proxy"; done)
version=$(nginx -v 2>&1 | sed 's/.*nginx.//; s/ .*//')
if [ "$(printf '%s\n1.25.1\n' "$version" | sort -V | head -n 1)" = 1.25.1 ]; then old='' new='http2 on;'; else old=' http2' new=''; fi
case $TLS_PLAIN in yes) proto='$http_x_forwarded_proto' ;; *) TLS_PLAIN=no proto=http ;; esac
sed -e "s#@RUN@#$RUN#g; s#@MAX_BODY_MB@#$MAX_BODY_MB#g; s#@PLAIN@#$TLS_PLAIN#; s#@PLAIN_PROTO@#$proto#" \
    -e "s#@PORT@#$PORT#; s#@TRUSTED@#$trusted#; s#@HTTP2_OLD@#$old#; s#@HTTP2_NEW@#$new#" "$template" >"$CONF"
chmod a+r "$CONF"

# Replicas come and go, certificates are renewed: nginx takes them without losing a connection.
(
    set +e
    was=$(state)
    while sleep "$WATCH_S"; do
        refresh
        now=$(state)
        [ "$now" = "$was" ] || { nginx ${NGINX_OPTIONS:-} -s reload && was=$now; }
    done
) &
