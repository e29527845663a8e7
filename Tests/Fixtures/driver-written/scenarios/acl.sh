# flash: 512 KiB in blocks of 16 KiB
# Access and default lists: on files, on folders, inherited, replaced and removed.
for f in plain user-list group-list removed long-list; do echo "$f" > $f; chmod 640 $f; done
mkdir home
setfacl -m u:1000:rw user-list
setfacl -m g:100:r,m::rwx group-list
setfacl -m u:1:r,u:2:w,u:3:x,g:4:rw,g:5:rx,g:65534:rwx long-list
setfacl -m u:1000:rw removed
setfacl -b removed
setfacl -m u:1000:rwx,g:1000:r-x home
setfacl -d -m u:1000:rw,g:1000:r home
echo inherits > home/file
mkdir home/below
echo twice > home/below/file
chmod 600 home/file
setfacl -k home/below
