# flash: 1536 KiB in blocks of 128 KiB, NAND with pages of 2048 bytes
# Many small files in directories; some of them deleted, renamed, linked and replaced.
for d in $(seq 1 8); do
  mkdir -p "store/$d"
  for f in $(seq 1 15); do echo "file $f of $d" > "store/$d/f$f"; done
  sync
done
rm store/3/f1*
mv store/5 store/five
rm -r store/6
for f in store/7/*; do mv "$f" "$f.old"; done
for i in $(seq 1 12); do
  echo "setting=$i" > store/.new
  mv store/.new store/conf
done
ln store/1/f1 linked
ln -s store/conf conf
mkfifo pipe
mknod null c 1 3
chmod 0751 store
chown 1000:100 store/2
setfattr -n user.note -v noted store/1/f2
setfattr -n user.note -v 'noted again' store/1/f2
setfacl -m u:1000:rw store/1/f3
: > empty
