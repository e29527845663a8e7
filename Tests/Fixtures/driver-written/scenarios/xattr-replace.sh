# flash: 512 KiB in blocks of 16 KiB
# Attributes set, replaced, removed, shared between files, empty and long.
for f in a b c d e; do echo "$f" > $f; done
mkdir folder
ln -s a link
for f in a b c folder; do setfattr -n user.shared -v same $f; done
setfattr -n user.shared -v different b
setfattr -n user.shared -v 'different again' b
setfattr -x user.shared c
setfattr -n user.empty -v '' d
setfattr -n user.long -v "$(head -c 1800 /dev/zero | tr '\0' v)" d
setfattr -n user.binary -v 0x00ff0a0d80 e
setfattr -n security.camera -v marked e
setfattr -n trusted.owner -v factory folder
setfattr -h -n trusted.on-a-link -v yes link
for i in 1 2 3 4 5 6 7 8; do setfattr -n user.counter -v $i a; sync; done
echo gone > gone
setfattr -n user.gone -v gone gone
rm gone
ln a a-too
setfattr -n user.root -v 'the top folder' .
