#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for bad packets: whatever a peer or a stranger sends, it is counted
# under its name, nobody else sees it, and the call goes on.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(32)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

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

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my ($alice, $bob) = map {
	Test::Secmeet::Member->new($t, $peer, name => $_)
} qw/ alice bob /;

$_->join($tag)->publish('audio') for $alice, $bob;
ok($_->connected() && $_->complete(1), "$_->{name} is connected")
	for $alice, $bob;

$_->start('audio', rate => 50, size => 120) for $alice, $bob;
run_for(0.3);

# from a peer that is in the meeting: what is sent, and how it is counted

my @kinds = (
	[ 'srtp-plain', 'srtp' ],
	[ 'srtp-bad-tag', 'srtp' ],
	[ 'srtcp-bad-tag', 'srtcp' ],
	[ 'unknown-ssrc', 'ssrc' ],
	[ 'replay', 'replay' ],
	[ 'srtp-short', 'srtp', 'unknown', 'ssrc', 'rtp' ],
	[ 'srtcp-short', 'srtcp', 'unknown' ],
	[ 'srtcp-odd', 'rtcp', '' ],
	[ 'dtls-alert', 'dtls' ],
);

for my $kind (@kinds) {
	my ($name, @counters) = @$kind;
	my $before = dropped(@counters);

	$alice->inject(kind => $name, count => 56);
	run_for(0.15);

	my $after = dropped(@counters);

	cmp_ok($after - $before, '>=', $counters[-1] eq '' ? 1 : 56,
		"$name: counted");
	ok(whole($alice, $bob), "$name: bob does not see it");
}

# other SSRCs that name the m-line by MID are this publisher's own affair, as
# long as its packets find their way again

$alice->inject(kind => 'new-ssrc', count => 300);
run_for(0.3);
ok(loop(sub {
	my $packets = flow($alice, $bob)->{packets};

	run_for(0.2);
	flow($alice, $bob)->{packets} > $packets + 5;
}), 'new-ssrc: the track goes on');

# larger than what may be forwarded; the sequence numbers are used up

my $before = dropped('truncated', 'size');
my $missing = flow($alice, $bob)->{missing};

$alice->inject(kind => 'oversize', count => 20);
run_for(0.2);
cmp_ok(dropped('truncated', 'size') - $before, '>=', 16,
	'oversize: counted');
cmp_ok(flow($alice, $bob)->{missing} - $missing, '>=', 16,
	'oversize: not forwarded');

# from strangers: no answer, whatever it is

my $server = '127.0.0.1:' . $t->port(3478);

# a STUN request for nobody, a ClientHello, SRTP, SRTCP, nothing of all that

my %datagrams = (
	'a STUN request' => '000100002112a442' . '00' x 12,
	'a ClientHello' => $peer->hello()->{hex},
	'SRTP' => '80600001' . '00' x 40,
	'SRTCP' => '80c80006' . '00' x 40,
	'noise' => 'ff' x 100,
);

for my $name (sort keys %datagrams) {
	my $result = $peer->spray(bind => '127.0.0.9', to => $server,
		hex => $datagrams{$name}, count => 2000, rate => 10000,
		$name =~ /STUN/ ? (random => [8, 12])
		: $name =~ /Hello/ ? (random => [27, 28]) : ());

	is($result && $result->{replies}, 0, "$name of a stranger: no answer");
}

# the meeting goes on, and nobody lost anything

my $packets = flow($bob, $alice)->{packets};

run_for(0.5);
cmp_ok(flow($bob, $alice)->{packets}, '>', $packets + 10, 'alice hears bob');
is(flow($bob, $alice)->{missing}, 0, 'all of him');

my $counts = $bob->stats()->{counts};

is($counts->{bad_decrypt} + $counts->{bad_rtcp} + $counts->{unknown_ssrc}
	+ $counts->{unknown} + $counts->{foreign}, 0,
	'bob got nothing bad');

is_deeply([ map { $_->{type} } grep { $_->{type} =~ /error|end|left/ }
	@{$alice->{messages}}, @{$bob->{messages}} ], [], 'no message about it');

###############################################################################

sub dropped {
	my (@names) = @_;

	my $counters = $t->get('/status')->{json}{counters};
	my $sum = 0;

	for my $name (@names) {
		next if $name eq '';
		die "no counter drop-$name\n" unless exists $counters->{"drop-$name"};
		$sum += $counters->{"drop-$name"};
	}

	return $sum;
}

sub flow {
	my ($from, $to) = @_;
	return $to->heard()->{$from->marked('audio')}{flow};
}

sub whole {
	my ($from, $to) = @_;

	my $line = $to->heard()->{$from->marked('audio')};

	return !$line->{duplicates} && !$line->{bad_mark} && !$line->{bad}
		&& !$line->{flow}{missing} && !$line->{flow}{seq_breaks};
}

###############################################################################
