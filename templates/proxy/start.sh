# Some distributions have nginx's proxy for streams as a module of its own, others built in.
for folder in /usr/lib/nginx/modules /usr/lib64/nginx/modules /usr/share/nginx/modules /usr/local/libexec/nginx; do
  if [ -e "$folder/ngx_stream_module.so" ]; then
    module="load_module $folder/ngx_stream_module.so;"
    break
  fi
done
# It knows no name server but those that it is told.
awk '$1 == "nameserver" && $2 !~ /%/ { found = found " " ($2 ~ /:/ ? "[" $2 "]" : $2) } END { if (found) print "resolver" found ";" }' \
  /etc/resolv.conf >"$NOMAD_TASK_DIR/resolver.conf"
exec nginx -e stderr -p "$NOMAD_TASK_DIR/" -c nginx.conf -g "user nobody $(id -gn nobody); ${module:-}"
