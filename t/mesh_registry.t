#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Which worker owns a room: new rooms go where there is least to do, the
# claims in the run folder come and go with them, and what the dead have
# left is swept up without anybody waiting for it.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use Errno qw/ ECONNREFUSED ENOENT /;
use Fcntl qw/ S_IMODE /;
use IO::Select ();
use Socket qw/ PF_UNIX SOCK_NONBLOCK SOCK_SEQPACKET pack_sockaddr_un /;
use Test::Secmeet;
use Time::HiRes qw/ sleep time /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $WORKERS = 4;
my $STALE = 10000;
my $NOBODY = '0' x 8;

my $t = Test::Secmeet->new()->plan()
	->allow(qr/worker process \d+ exited on signal 9/);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

worker_processes 4;
secmeet_run_path %%TESTDIR%%/run;

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /short/ {
            secmeet meet;
            secmeet_join_timeout 1s;
        }
    }
}

EOC

my $run = $t->testdir() . '/run';
my $user = $> == 0 ? getpwnam('www-data') : $>;

###############################################################################

# the folder

ok(waitfor(sub { sockets() == $WORKERS }), 'a socket of each worker');
is(mode(''), 'dir 0700', 'the folder is closed to others');
is(mode('key'), 'file 0600', 'so is the key');
is((stat $run)[4], $user, 'the folder is that of the workers');
is((stat "$run/key")[4], $user, 'so is the key');
is(claims(), 0, 'no claims yet');

###############################################################################

# rooms are spread, whichever worker is asked

my @rooms = map { [ $t->create_room() ] } 1 .. 10 * $WORKERS;

is(claims(), @rooms, 'a claim of each room');

my %alive = map { $_ => 1 } sockets();
my %owned = owned();

is_deeply([ sort keys %owned ], [ sort keys %alive ], 'each worker has some');
note("rooms: @{[ sort values %owned ]}");
is((grep { $_ < 7 || $_ > 13 } values %owned), 0, 'and none has most');

my $names = join ' ', names();

is((grep { $names =~ /\Q$_->[0]\E/ } @rooms), 0, 'no tag is a name');

my %status = map { $t->put("/meet/rooms/$rooms[0][0]")->{status} => 1 }
	1 .. 3 * $WORKERS;

is_deeply([ keys %status ], [ 409 ], 'created twice, by any worker');
is(claims(), @rooms, 'no claim more');

###############################################################################

# claims go with their rooms

my @ended = map { $t->delete_room(@$_)->{status} } @rooms;

is((grep { $_ != 204 } @ended), 0, 'any worker ends a room');
ok(waitfor(sub { claims() == 0 }), 'ended: no claims');
is(mode('lock'), 'file 0600', 'the lock is closed to others');

my ($tag) = $t->create_room();
my @members = map { scalar $t->join($tag) } 1 .. 3;

$_->send('leave') for @members[0, 1];
$_->close_code() for @members[0, 1];
is(claims(), 1, 'one is still there');
$members[2]->send('leave');
ok(waitfor(sub { claims() == 0 }), 'the last has left: no claim');

$t->create_room(base => '/short/') for 1 .. 8;
is(claims(), 8, 'nobody joins');
ok(waitfor(sub { claims() == 0 }), 'nobody has joined: no claims');

###############################################################################

# peers are load

($tag) = $t->create_room();
@members = map { scalar $t->join($tag) } 1 .. 3;

my ($busy) = keys %{+{ owned() }};

# one tick of the load, and the ended rooms are out of the others' too

sleep 2.2;

@rooms = map { [ $t->create_room() ] } 1 .. 3 * ($WORKERS - 1);
%owned = owned();

is($owned{$busy}, 1, 'none goes to the busy one');
is_deeply([ sort values %owned ], [ 1, (3) x ($WORKERS - 1) ],
	'the others share them');

$_->send('leave') for @members;
$t->delete_room(@$_) for @rooms;
ok(waitfor(sub { claims() == 0 }), 'ended');

###############################################################################

# draining: a room keeps its worker, which takes no other

my %old = map { $_ => 1 } sockets();

@rooms = ([ $t->create_room() ]);

my ($owner) = keys %{+{ owned() }};

ok($t->reload(), 'reload');
ok(waitfor(sub {
	my @sockets = sockets();
	@sockets == $WORKERS + 1 && $WORKERS == grep { !$old{$_} } @sockets;
}), 'sockets of the new workers, and of one old');

push @rooms, map { [ $t->create_room() ] } 1 .. 2 * $WORKERS;
%owned = owned();

is($owned{$owner}, 1, 'no room on the way out');
is(keys %owned, $WORKERS + 1, 'each new worker has some');

is((grep { $t->delete_room(@$_)->{status} != 204 } @rooms), 0, 'all end');
ok(waitfor(sub { claims() == 0 && sockets() == $WORKERS }, 10),
	'the old worker has gone, and its socket');

###############################################################################

# a worker dies

@rooms = map { [ $t->create_room() ] } 1 .. 4 * $WORKERS;
%owned = owned();
%alive = map { $_ => 1 } sockets();

my ($pid) = $t->workers();

kill 'KILL', $pid;

ok(waitfor(sub { 1 == grep { !$alive{$_} } sockets() }), 'one comes anew');

my ($dead) = grep { !alive($_) } sockets();
my $left = claims();

is($left, @rooms, 'the claims of the dead are kept for a while');

%alive = map { $_ => 1 } grep { alive($_) } sockets();

my @more = map { [ $t->create_room() ] } 1 .. 4 * $WORKERS;
my %now = owned();

is($now{$dead}, $owned{$dead}, 'nothing goes to the dead');
is((grep { $alive{$_} && ($now{$_} // 0) <= ($owned{$_} // 0) } keys %now),
	0, 'each other gets some');

# whoever comes back within a minute finds them; then they go

ok(waitfor(sub { !{ owned() }->{$dead} }, 60),
	'the claims of the dead become those of nobody');
is({ owned() }->{$NOBODY}, $owned{$dead}, 'all of them');

my @nobody = grep { target($_) =~ /^w\.$NOBODY/ } names();

is((grep { time() - (lstat "$run/$_")[9] > 60 } @nobody), 0,
	'a minute begins anew for them');
old(@nobody);

ok(waitfor(sub { !{ owned() }->{$NOBODY} }, 60), 'old claims of nobody go');
ok(waitfor(sub { !-e "$run/w.$dead" }, 60), 'and the socket of the dead');
is(claims(), @rooms + @more - $owned{$dead}, 'no other claim does');
is(sockets(), $WORKERS, 'nor another socket');

is((grep { $t->delete_room(@$_)->{status} != 204 } @more), 0, 'all end');
$t->delete_room(@$_) for @rooms;
ok(waitfor(sub { claims() == 0 }), 'no claims');

###############################################################################

# what is not ours stays; nothing leads out of the folder

my $outside = $t->testdir() . '/outside';
my $trap;

socket $trap, PF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0 or die "socket: $!\n";
bind $trap, pack_sockaddr_un($outside) or die "bind: $!\n";
listen $trap, 10 or die "listen: $!\n";
chmod 0777, $outside;

my ($id, $gone) = map { random_hex(4) } 1 .. 2;
my ($some) = sockets();
my $hash = random_hex(16);
my $epoch = random_hex(8);

symlink $outside, "$run/w.$id" or die "symlink: $!\n";
symlink "w.$id.$epoch", "$run/r.$hash" or die "symlink: $!\n";

my %junk = (
	'r.' . random_hex(16) => $outside,
	'r.' . random_hex(16) => '/etc/passwd',
	'r.' . random_hex(16) => "$run/w.$gone.$epoch",
	'r.' . random_hex(16) => "../run/w.$gone.$epoch",
	'r.' . random_hex(16) => "w.$gone/$epoch",
	'r.' . random_hex(16) => "w.$gone.${epoch}0",
	'r.' . random_hex(16) => "w.$gone." . substr($epoch, 1),
	'r.' . random_hex(16) => "w.$gone." . 'A' x 16,
	'r.' . random_hex(16) => 'w.' . 'A' x 8 . ".$epoch",
	'r.' . random_hex(16) => "x.$gone.$epoch",
	'r.' . random_hex(16) => "w.$gone",
	'r.' . random_hex(15) => "w.$gone.$epoch",
	'r.' . random_hex(17) => "w.$gone.$epoch",
	'r.' . 'A' x 32 => "w.$gone.$epoch",
	'r.' . random_hex(16) . '.bak' => "w.$gone.$epoch",
	'r.' => "w.$gone.$epoch",
	'w.' . random_hex(4) => "w.$some",
	'w.' . random_hex(5) => "w.$gone",
	'x.' . random_hex(16) => "w.$gone.$epoch",
	'.r.' . random_hex(16) => "w.$gone.$epoch",
	"w.$id" => $outside,
);

for my $name (keys %junk) {
	symlink $junk{$name}, "$run/$name" unless -l "$run/$name";
}

my @files = ('r.' . random_hex(16), 'w.' . random_hex(4), 'other');

for my $name (@files) {
	open my $fh, '>', "$run/$name" or die "$name: $!\n";
}

my @folders = ('r.' . random_hex(16), 'w.' . random_hex(4), 'folder');

mkdir "$run/$_" or die "$_: $!\n" for @folders;

old(keys %junk, @files, @folders);

# a young claim of nobody waits for whoever was in the room

my $young = 'r.' . random_hex(16);

symlink "w.$NOBODY.$epoch", "$run/$young" or die "symlink: $!\n";

###############################################################################

# stale claims without number; meanwhile rooms come and go

my @stale = map { 'r.' . random_hex(16) } 1 .. $STALE;
my $start = time();

symlink "w.$NOBODY.$epoch", "$run/$_" or die "symlink: $!\n" for @stale;
old(@stale);

note(sprintf 'planted in %.1f s', time() - $start);

$start = time();

my (@times, @failed, $swept);

while (time() - $start < timeout(90)) {
	my $began = time();
	my $one = Test::Secmeet::tag();
	my $r = $t->put("/meet/rooms/$one");

	push @times, 1000 * (time() - $began);
	push @failed, $r->{status} if $r->{status} != 201;

	$t->delete_room($one, $r->{json}{host});

	next if @times % 50;

	last if $swept = !grep { -l "$run/$_" } @stale;
}

@times = sort { $a <=> $b } @times;

diag(sprintf '%d stale claims: %.1f s; PUT: %d, median %.1f ms, '
	. '99%%: %.1f ms, worst %.1f ms', $STALE, time() - $start,
	scalar @times, map { $times[$_ * $#times] } 0.5, 0.99, 1);

ok($swept, 'all are swept');
is("@failed", '', 'rooms are made meanwhile');
cmp_ok($times[$#times / 2], '<', timeout(50), 'and soon');

###############################################################################

# and now that all has been looked at

ok(waitfor(sub { target("r.$hash") =~ /^w\.$NOBODY/ }, 30),
	'a claim of no socket is nobody\'s');
old("r.$hash");
ok(waitfor(sub { !-l "$run/r.$hash" }, 30), 'and goes');
ok(-l "$run/$young", 'a young claim stays');
is((grep { (readlink "$run/$_" // '') ne $junk{$_} } keys %junk), 0,
	'other symlinks stay');
is((grep { !-f "$run/$_" || -l "$run/$_" } @files), 0, 'files stay');
is((grep { !-d "$run/$_" } @folders), 0, 'folders stay');
ok(!IO::Select->new($trap)->can_read(0), 'nothing was followed outside');
is(sockets(), $WORKERS, 'all workers are there');
ok(waitfor(sub { 1 == claims() }), 'and no claims but the young one');
is(mode('take'), '', 'nothing half made is left');

$t->stop('QUIT');

is(sockets(), 0, 'stopped: no sockets');

unlink map { "$run/$_" } keys %junk, @files, $young;
rmdir "$run/$_" for @folders;

is(join(' ', grep { /^[^r]/ } sort { $a cmp $b } names()), 'key lock',
	'stopped: nothing else');
is(claims(), 0, 'stopped: no claims');

###############################################################################

sub names {
	opendir my $dir, $run or return;
	return grep { !/^\.\.?$/ } readdir $dir;
}

sub target { return readlink("$run/$_[0]") // '' }

# ids of those that have a socket

sub sockets {
	my @names = grep { /^w\.[0-9a-f]{8}$/ && -S "$run/$_" && !-l "$run/$_" }
		names();

	return map { substr $_, 2 } @names;
}

# claims as the workers would see them

sub claims {
	return grep { /^r\.[0-9a-f]{32}$/
		&& target($_) =~ /^w\.[0-9a-f]{8}\.[0-9a-f]{16}\z/ } names();
}

# how many each id has

sub owned {
	my %owned;

	for my $claim (claims()) {
		my $target = target($claim);

		$owned{substr $target, 2, 8}++ if $target ne '';
	}

	return %owned;
}

sub alive {
	my ($id) = @_;

	socket my $socket, PF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0
		or die "socket: $!\n";

	return connect($socket, pack_sockaddr_un("$run/w.$id"))
		|| $! != ECONNREFUSED && $! != ENOENT;
}

sub mode {
	my ($name) = @_;

	my @stat = lstat "$run/$name" or return '';

	return sprintf '%s %04o', -d _ ? 'dir' : -f _ ? 'file' : 'other',
		S_IMODE($stat[2]);
}

# as if made two days ago

sub old {
	my (@names) = @_;

	open my $touch, '|-', 'xargs', '-0', 'touch', '-h', '-d', '2 days ago'
		or die "touch: $!\n";
	print $touch map { "$run/$_\0" } @names;
	close $touch or die "touch failed\n";

	return;
}

###############################################################################
