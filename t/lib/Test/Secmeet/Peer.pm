package Test::Secmeet::Peer;

# Copyright (C) secmeet contributors

# Drives build/peer/peer: one process that holds any number of WebRTC peers
# (ICE, DTLS, SRTP, RTP sources and sinks), and knows no signaling.
#
#     my $peer = Test::Secmeet::Peer->new();
#
#     $peer->create(1, bind => '127.0.0.1');
#     my $sdp = $peer->offer(1, send => [{ kind => 'audio', mid => '0' }]);
#     $peer->answer(1, $sdp_of_the_server);
#     $peer->wait(1, 'secure') or die;
#     $peer->start(1, mid => '0', rate => 50, size => 120);
#
# Commands answer at once: a hash, or they die with the peer's reason;
# command() returns the error instead.  Each but cpu, batch, hello, raw_from,
# scan and unseal begins with the number of a peer.
#
#     create    bind; tcp => 1: by TCP, connecting when there is something to
#               send; ext_mid, ext_level: ids of extensions (0: none);
#               pt_shift: added to the usual payload types; ssrc => 0 leaves
#               a=ssrc out; consent, consent_expiry (ms); nominate_first;
#               rtx => 1: RTX with video; ext_twcc: id of transport-wide
#               numbers (0: none, and no feedback); ext_rid, ext_rrid
#     offer     send, recv => [{kind, mid, codec, pt, recycle, rtx}], close =>
#               [mid], restart; returns the SDP.  rids => [names], of an
#               m-line that sends: simulcast, the lowest layer first; without
#               a=ssrc, with rid until the server has reported its SSRC
#     rollback  forgets what the last offer added
#     answer    SDP of the server; checked against the offer
#     start     mid, rate (packets/s), size (bytes of payload), burst,
#               frame (packets of one), keyframe_every (frames), count, tag;
#               VP8: width, height, temporal (1..3: picture id, TL0PICIDX and
#               so many layers of time; 0, without rids the default: the
#               picture id alone); layers => {rid => {the same}}: what is
#               different for one of them; to see what sinks find: spoil =>
#               'id', 'tl0' or 'clock' (once, ten frames after a key frame),
#               leave_from, leave_to (frames of the highest layer of time that
#               are left out as by a server)
#     stop      mid, or all
#     layer     mid, rid, on => 0: the layer ends, on => 1: and goes on, with a
#               key frame
#     level     mid, level (0..127: -dBov of RFC 6464; 128: a number that the
#               sink checks, as before), voice
#     drop_out  mid, every: keeps back each nth packet, but answers NACKs
#     drop_in   mid, every: loses each nth packet on its way in
#     nack, rr  on
#     twcc      on: feedback of what comes with transport-wide numbers
#     pli, fir  mid
#     bye       RTCP BYE and close_notify; the peer stays
#     close     silent => 1: without close_notify
#     mute_ice  on: sends nothing and hears nothing, like a cut cable
#     migrate   bind, check => 0: no consent check at once
#     tcp       pause => 1 or 0: does not read; hex: bytes as they are, without
#               a frame; cut => 1: ends the connection ("tcp-closed" is when
#               the server does), the next datagram makes another one
#     impair    loss_in, loss_out (percent), seed
#     dtls      fingerprint => 'wrong', hold => 1 (ICE only), before the offer;
#               again => 1: a second handshake, "secure-again" if it succeeds
#     inject    kind, count: srtp-plain srtp-bad-tag srtp-short srtcp-short
#               srtcp-bad-tag srtcp-odd unknown-ssrc new-ssrc replay oversize
#               round leap nacks dtls-alert
#     raw       hex, count, rate, to, random => [offset, length]: from the
#               peer's own socket; "raw_sent" follows
#     raw_from  bind, to and the same, from a new socket; "raw_reply" follows
#               with sent, replies, bytes, largest
#     hello     a ClientHello in hex
#     secrets   what this end knows, to look for it: text, or hex of bytes
#     scan      pid, patterns => [hex]: hits => [[number of the pattern,
#               address, map]] in the memory of a process
#     unseal    hex: a key and a ticket; what the ticket says, in hex
#     pair      with: another peer, in place of a server
#     stats     brief => 1: short rows instead of hashes in recv
#     cpu       user, system: microseconds of the process
#     batch     usec: packets gather so long (for rooms of many)
#
# Events: connected, secure, failed, closed, stun-error, rtp-first (a source
# is heard on a receiving m-line), rtp-key, pli, fir, done (start's count is
# reached), raw_sent, raw_reply.  All have time, in microseconds of
# CLOCK_MONOTONIC.

#
# Layers of an m-line are marked as sources of their own, the tag of each has
# its number in bits 28 and up; send has a row for each.  A sink that sees VP8
# with layers has pictures: frames, tids (by layer of time), layer, height and
# tid (what is shown), layer_switches, layer_skew (microseconds), and what is
# wrong: id_breaks, tl0_breaks, timestamp_breaks, frame_breaks, layer_breaks
# (no key frame), tid_breaks (it needs what was left out); gaps are numbers
# that never came, empty ones came with padding only.  rate is in bytes per
# second.  What RTX brings is counted in rtx, not in packets and bytes.

use warnings;
use strict;

use Carp qw/ croak /;
use Cwd qw/ abs_path /;
use File::Basename qw/ dirname /;
use IO::Select ();
use JSON::PP ();
use Time::HiRes qw/ time /;

use Test::Secmeet ();

###############################################################################

my $TOP = abs_path(dirname(__FILE__) . '/../../../..');
my $PROGRAM = $ENV{SECMEET_PEER} || "$TOP/build/peer/peer";

sub available { return -x $PROGRAM }

sub new {
	my ($class) = @_;

	pipe my $in, my $to or die "pipe: $!\n";
	pipe my $from, my $out or die "pipe: $!\n";

	my $pid = fork();

	die "fork: $!\n" unless defined $pid;

	if ($pid == 0) {
		close $to;
		close $from;
		open STDIN, '<&', $in;
		open STDOUT, '>&', $out;
		delete $ENV{LD_PRELOAD};
		exec $PROGRAM or POSIX::_exit(127);
	}

	close $in;
	close $out;
	$to->autoflush(1);

	my $self = bless {
		pid => $pid, to => $to, from => $from, owner => $$,
		json => JSON::PP->new->utf8, select => IO::Select->new($from),
		buffer => '', ref => 0, answers => {}, events => {},
	}, $class;

	$self->wait(0, 'ready', timeout => 10)
		or die "$PROGRAM does not start\n";

	return $self;
}

sub DESTROY {
	my ($self) = @_;

	return if $self->{owner} != $$;

	local ($?, $!, $@);

	close $self->{to};
	close $self->{from};

	kill 'KILL', $self->{pid}
		unless Test::Secmeet::waitfor(
			sub { waitpid($self->{pid}, POSIX::WNOHANG()) != 0 }, 2);

	return;
}

sub pid { return $_[0]->{pid} }

# for select loops: the handle to read, and what to do when it is readable

sub handle { return $_[0]->{from} }

sub read_some {
	my ($self, $seconds) = @_;

	return 0 unless $self->{select}->can_read($seconds);

	my $n = sysread $self->{from}, $self->{buffer}, 1 << 20,
		length $self->{buffer};

	croak 'the peer program has ended' unless $n;

	my $start = 0;

	while ((my $end = index $self->{buffer}, "\n", $start) >= 0) {
		$self->take(substr $self->{buffer}, $start, $end - $start);
		$start = $end + 1;
	}

	substr($self->{buffer}, 0, $start) = '';

	return 1;
}

sub take {
	my ($self, $line) = @_;

	Test::More::note("peer << $line") if $ENV{SECMEET_VERBOSE};

	my $event = $self->{json}->decode($line);

	if (defined $event->{ref}) {
		$self->{answers}{$event->{ref}} = $event;

	} else {
		push @{$self->{events}{$event->{id} // 0}}, $event;
	}

	return;
}

###############################################################################

# the answer of a command, which may be of the event "error"

sub command {
	my ($self, $name, %fields) = @_;

	my $ref = ++$self->{ref};
	my $line = $self->{json}->encode({ cmd => $name, ref => $ref, %fields });

	Test::More::note("peer >> $line") if $ENV{SECMEET_VERBOSE};

	print {$self->{to}} "$line\n" or croak 'the peer program has ended';

	my $end = time() + Test::Secmeet::timeout(10);

	until ($self->{answers}{$ref}) {
		croak "no answer to $name" if time() > $end;
		$self->read_some(0.5);
	}

	return delete $self->{answers}{$ref};
}

sub done {
	my ($self, $name, %fields) = @_;

	my $answer = $self->command($name, %fields);

	croak "$name: $answer->{reason}"
		. (defined $answer->{mline} ? " (m-line $answer->{mline})" : '')
		if $answer->{event} eq 'error';

	return $answer;
}

sub create {
	my ($self, $id, %opt) = @_;
	return $self->done('new', id => $id, %opt);
}

sub offer {
	my ($self, $id, %opt) = @_;
	return $self->done('offer', id => $id, %opt)->{sdp};
}

sub answer {
	my ($self, $id, $sdp) = @_;
	return $self->done('answer', id => $id, sdp => $sdp);
}

sub close_peer {
	my ($self, $id, %opt) = @_;

	my $answer = $self->done('close', id => $id, %opt);

	delete $self->{events}{$id};

	return $answer;
}

for my $name (qw/ rollback start stop layer level drop_out drop_in nack rr
	twcc pli fir bye mute_ice migrate tcp impair dtls inject raw secrets pair
	stats /)
{
	no strict 'refs';

	*$name = sub {
		my ($self, $id, %opt) = @_;
		return $self->done($name, id => $id, %opt);
	};
}

for my $name (qw/ raw_from hello cpu batch scan unseal /) {
	no strict 'refs';

	*$name = sub {
		my ($self, %opt) = @_;
		return $self->done($name, %opt);
	};
}

# raw_from, and its result

sub spray {
	my ($self, %opt) = @_;

	my $seconds = 5 + ($opt{count} || 1) / ($opt{rate} || 1000);
	my $ref = $self->raw_from(%opt)->{ref};

	return $self->wait(0, 'raw_reply', of => $ref, timeout => $seconds);
}

###############################################################################

# the next event of this name (others stay), or undef; pairs ask for equal
# fields: wait(1, 'rtp-first', mid => '2', timeout => 3)

sub wait {
	my ($self, $id, $name, %match) = @_;

	my $end = time() + Test::Secmeet::timeout(delete $match{timeout});

	for ( ;; ) {
		my $event = $self->event($id, $name, %match);

		return $event if $event;

		my $left = $end - time();

		return if $left <= 0;

		$self->read_some($left);
	}
}

# the same without waiting

sub event {
	my ($self, $id, $name, %match) = @_;

	my $events = $self->{events}{$id} or return;

	for my $i (0 .. $#$events) {
		my $event = $events->[$i];

		next if $event->{event} ne $name;
		next if grep { ($event->{$_} // '') ne $match{$_} } keys %match;

		return splice @$events, $i, 1;
	}

	return;
}

# how many of them there are, after all that was written is read

sub count {
	my ($self, $id, $name) = @_;

	1 while $self->read_some(0);

	return scalar grep { $_->{event} eq $name }
		@{$self->{events}{$id} || []};
}

sub forget {
	my ($self, $id) = @_;

	1 while $self->read_some(0);

	return delete $self->{events}{$id};
}

# one m-line of stats()

sub line {
	my ($self, $id, $mid) = @_;

	my $stats = $self->stats($id);
	my ($line) = grep { $_->{mid} eq $mid } @{$stats->{send}},
		@{$stats->{recv}};

	return $line;
}

###############################################################################

1;

###############################################################################
