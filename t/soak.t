#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Joins, leaves, mutes, lost connections, rooms that begin and end, reloads
# and a killed worker now and then, at random: five minutes of it, or
# SECMEET_SOAK seconds.  Whatever happened, everybody hears everybody, memory
# and descriptors stay what they were, and nothing is left in the end.
#
# SECMEET_SEED repeats a run.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use List::Util qw/ max sum0 /;
use Time::HiRes qw/ time /;

###############################################################################

my $seconds = $ENV{SECMEET_SOAK} || ($ENV{SECMEET_PRELOAD} ? 90 : 300);
my $seed = $ENV{SECMEET_SEED} || time() & 0xffffff;
my $most = { rooms => 10, people => 5 };

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->allow(qr/exited on signal 9/);
$t->plan(9);

srand($seed);
diag("$seconds seconds, SECMEET_SEED=$seed");

my @workers = (2, 4, 1);
my $generation = 0;

configure();
$t->run();

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my (%rooms, %did, %failed, @samples);
my $begin = time();
my $sampled = 0;
my $checked = $begin;

my @acts = (
	[ 10, 'begin', \&begin ], [ 30, 'join', \&come ], [ 24, 'leave', \&go ],
	[ 20, 'mute', \&mute ], [ 8, 'lose', \&lose ], [ 4, 'crash', \&crash ],
	[ 4, 'late', \&late ], [ 3, 'end', \&end ], [ 2, 'reload', \&reload ],
	[ 1, 'kill', \&slay ], [ 6, 'say', \&say_something ],
);

my $weights = sum0(map { $_->[0] } @acts);

sample();

while (time() - $begin < $seconds) {
	act();
	run_for(rand 0.3);

	check() if time() - $checked > 15;
	sample() if time() - $sampled > 5;
}

check();

diag('acts: ' . join ', ', map { "$did{$_} $_" } sort keys %did);

is(join(' ', map { "$failed{$_} $_" } sort keys %failed), '',
	'nothing failed');
cmp_ok(scalar keys %did, '==', @acts, 'all was done');

# everybody leaves

for my $room (values %rooms) {
	$_->leave() for @{$room->{members}};
}

%rooms = ();

ok(waitfor(sub { numbers() eq '0 0' }, 40), 'nobody is left')
	or diag(numbers());
ok(waitfor(sub { $t->workers(1) == $t->workers() }, 40),
	'no old worker is left');

# a claim whose room has died, and nobody came back: for a minute

my @claims = map { readlink } glob $t->testdir() . '/*.secmeet/r.*';

is(join(' ', grep { !/^w\.00000000\./ && !dead($_) } @claims), '',
	'no claim is left');

run_for(1);
sample();

my ($first, $last) = @samples[0, -1];

is($last->{descriptors}, $first->{descriptors},
	'as many sockets as in the beginning');

SKIP: {
	skip 'memory of a sanitizer', 2 if $ENV{SECMEET_PRELOAD};

	# what a worker has when it has nothing to do any more; busy ones differ

	diag(sprintf 'memory of a worker at rest: %d kB, at the start %d kB, '
		. 'most of a busy one %d kB', $last->{memory}, $first->{memory},
		max(map { $_->{memory} } @samples));

	cmp_ok($last->{memory}, '<', $first->{memory} + 16384,
		'memory is bounded');

	my @old = grep { $_->{at} > 60 } @samples;
	my $half = @old / 2;
	my $early = max(map { $_->{memory} } @old[0 .. $half - 1], $first);
	my $late = max(map { $_->{memory} } @old[$half .. $#old], $first);

	cmp_ok($late, '<', $early * 1.5 + 8192, 'and does not grow');
}

is($t->error_log() =~ /open socket/ ? 1 : 0, 0, 'no socket left open');

###############################################################################

sub act {
	my $n = rand $weights;

	for my $act (@acts) {
		next if ($n -= $act->[0]) > 0;

		my $done = eval { $act->[2]->() };

		if ($@) {
			diag("$act->[1]: $@");
			$failed{$act->[1]}++;
		}

		$did{$act->[1]}++ if $done;
		return;
	}

	return;
}

sub any { return @_ ? $_[rand @_] : undef }

sub a_room {
	my ($least) = @_;

	return any(grep { @{$_->{members}} >= $least } map { $rooms{$_} }
		sort keys %rooms);
}

sub a_member {
	my $room = a_room(1) or return;
	return ($room, any(grep { !$_->{ended} && !$_->{coming} }
		@{$room->{members}}));
}

sub begin {
	return if keys %rooms >= $most->{rooms};

	my $proof = rand() < 0.5 ? 'p' x 42 . 'A' : undef;
	my ($tag, $host) = $t->create_room(
		defined $proof ? (proof => $proof) : ());

	$rooms{$tag} = { tag => $tag, host => $host, members => [],
		fields => { defined $proof ? (proof => $proof) : () } };

	return enter($rooms{$tag}, host => $host);
}

sub come {
	my $room = a_room(1) or return begin();

	return if @{$room->{members}} >= $most->{people};
	return enter($room);
}

sub enter {
	my ($room, %fields) = @_;

	my $member = Test::Secmeet::Member->new($t, $peer, resume => 1);

	$member->join($room->{tag}, %{$room->{fields}}, %fields);
	$member->publish(rand() < 0.3 ? ('audio', 'video') : 'audio');
	push @{$room->{members}}, $member;

	$member->connected(10) or die "$member->{name} is not connected\n";

	my $track = $member->track('audio') or die "no track\n";

	$member->start('audio', rate => 20, size => 100);

	return 1;
}

sub go {
	my ($room, $member) = a_member();

	return unless $member;

	$member->leave();
	without($room, $member);

	return 1;
}

sub without {
	my ($room, $member) = @_;

	@{$room->{members}} = grep { $_ != $member } @{$room->{members}};
	delete $rooms{$room->{tag}} unless @{$room->{members}};

	return;
}

sub mute {
	my ($room, $member) = a_member();

	return unless $member && $member->settled();

	$member->track('audio') or return;
	$member->mute('audio', rand() < 0.5);

	return 1;
}

# the connection, by chance just when something is offered

sub lose {
	my ($room, $member) = a_member();

	return unless $member;

	$member->publish('video')
		if rand() < 0.2 && keys %{$member->{tracks}} < 3;
	$member->disconnect();

	return 1;
}

# the whole program; others hear of it after secmeet_resume_timeout

sub crash {
	my ($room, $member) = a_member();

	return unless $member && @{$room->{members}} > 1;

	$member->crash();
	without($room, $member);

	return 1;
}

# media moves to another port, and credentials change

sub late {
	my ($room, $member) = a_member();

	return unless $member && $member->settled() && $member->secure();

	rand() < 0.5 ? $member->restart_ice()
		: $member->migrate(bind => '127.0.0.1');

	return 1;
}

sub end {
	my $room = a_room(2) or return;

	my $status = $t->delete_room($room->{tag}, $room->{host})->{status};

	# its worker may just have died

	return if $status == 403 && grep { $_->{ended} || $_->{coming} }
		@{$room->{members}};

	die "ended with $status\n" if $status != 204;

	for my $member (@{$room->{members}}) {
		$member->{resume} = 0;
		loop(sub { $member->{ended} }, 5) or die "not told of the end\n";
		$member->crash();
	}

	delete $rooms{$room->{tag}};

	return 1;
}

sub say_something {
	my ($room, $member) = a_member();

	return unless $member;

	$member->ws()->send('send', data => 'x' x rand 20000);

	return 1;
}

sub reload {
	return if $t->workers(1) > 12;

	$generation++;
	configure();
	$t->reload() or die "does not reload\n";

	return 1;
}

sub slay {
	my @pids = $t->workers(1);

	return if @pids < 2;

	kill 'KILL', any(@pids);

	return 1;
}

###############################################################################

# everybody is connected, and hears everybody who is not muted

sub check {
	my @members = map { @{$_->{members}} } values %rooms;

	loop(sub { !grep { $_->{ended} || $_->{coming} || !$_->secure()
		|| !$_->settled() } @members }, 20)
		or broken('not settled', grep { $_->{ended} || $_->{coming}
			|| !$_->secure() || !$_->settled() } @members);

	for my $room (values %rooms) {
		$room->{deaf} = 0;

		for my $member (@{$room->{members}}) {
			my $others = @{$room->{members}} - 1;

			loop(sub { keys %{$member->{roster}} == $others }, 20)
				or broken('knows ' . keys(%{$member->{roster}})
					. " and not $others", $member);
		}
	}

	my %before = map { $_->id() => heard($_) } @members;
	my %revived = map { $_->id() => $_->{revived} } @members;

	run_for(1);

	for my $room (values %rooms) {
		for my $member (@{$room->{members}}) {
			for my $other (@{$room->{members}}) {
				my $mark = eval { $other->marked('audio') };

				next if $other == $member || !defined $mark
					|| muted($other);

				# what is made anew counts anew

				next if loop(sub {
					my $was = $member->{revived} == $revived{$member->id()}
						? $before{$member->id()}{$mark} // 0 : 0;

					(heard($member)->{$mark} // 0) > $was;
				}, 5);

				broken("does not hear $other->{name}", $member);
				diag('    ' . facts($_)) for $member, $other;
			}
		}
	}

	$checked = time();

	return;
}

sub muted {
	my ($member) = @_;
	return $member->{lines}{$member->sending('audio')}{muted};
}

# packets by the mark of their source

sub heard {
	my ($member) = @_;

	my %heard;

	for my $line (@{$member->stats()->{recv}}) {
		$heard{$_->{tag}} += $_->{packets} for @{$line->{flows}};
	}

	return \%heard;
}

sub broken {
	my ($what, @members) = @_;

	diag(sprintf '%.1f s: %s %s', time() - $begin, $_->{name}, $what)
		for @members;
	$failed{$what}++;

	return;
}

sub facts {
	my ($member) = @_;

	my $stats = $member->stats();
	my %lines = map { $_ => $member->{lines}{$_}{track} // '-' }
		keys %{$member->{lines}};

	return join ' ', $member->{name}, "resumed $member->{resumed}",
		"revived $member->{revived}", "ICE $stats->{ice}{generation}",
		$stats->{ice}{remote} // 'nowhere',
		(map { "sends $_->{mid}: $_->{sent}" } @{$stats->{send}}),
		(map { "gets $_->{mid} ($lines{$_->{mid}}): $_->{packets}" }
			@{$stats->{recv}}),
		map { "$_: $stats->{counts}{$_}" }
			grep { $stats->{counts}{$_} } sort keys %{$stats->{counts}};
}

sub sample {
	my @pids = $t->workers();

	$sampled = time();

	return unless @pids;

	push @samples, {
		at => time() - $begin,
		memory => max(map { rss($_) } @pids),
		descriptors => max(map { sockets($_) } @pids),
	};

	return;
}

# of people: not those between workers, nor those that listen, of which there
# are now more and now less

sub sockets {
	my ($pid) = @_;

	my %people;

	for my $name (qw/ tcp tcp6 udp udp6 /) {
		open my $fh, '<', "/proc/net/$name" or next;

		while (<$fh>) {
			next unless /^\s*\d+: \S+ \S+ (\w\w) (?:\S+\s+){5}(\d+)/;
			$people{$2} = 1 if $1 ne '0A';
		}
	}

	return scalar grep { (readlink($_) // '') =~ /^socket:\[(\d+)\]/
		&& $people{$1} } glob "/proc/$pid/fd/*";
}

sub rss {
	my ($pid) = @_;

	open my $fh, '<', "/proc/$pid/status" or return 0;
	local $/;

	return <$fh> =~ /^VmRSS:\s+(\d+)/m ? $1 : 0;
}

sub numbers {
	my $json = $t->get('/status')->{json} || {};
	return ($json->{rooms} // '') . ' ' . ($json->{peers} // '');
}

sub dead {
	my ($target) = @_;

	my ($id) = $target =~ /^(w\.\w{8})\./;

	return !grep { $t->holds($_, $id) } $t->workers(1);
}

sub configure {
	my $n = $workers[$generation % @workers];

	$t->write_file('nginx.conf', $t->expand(<<"EOC"));

%%GLOBALS%%

worker_processes $n;
worker_shutdown_timeout 20s;

events {
    worker_connections 1024;
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
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet:8m;
            secmeet_resume_timeout 3s;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

	return;
}

###############################################################################
