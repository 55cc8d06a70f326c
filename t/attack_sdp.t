#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A12: session descriptions of 64 kilobytes that are made to be slow.
# Each is answered, or refused with a code, within 50 ms of CPU.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack;

###############################################################################

my $t = Test::Secmeet->new();

$t->plan()->write_file_expand('nginx.conf', <<'EOC')->run();

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
            secmeet_message_rate 1000;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

my $size = 65536 - 200;
my $budget = 50000 * ($ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND}
	? 20 : 1);

my ($tag) = $t->create_room();
my $keeper = $t->join($tag);
my $memory;
my $largest = 0;

# what a description of one audio track needs

my $session = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
my $transport = "a=ice-ufrag:abcd\r\na=ice-pwd:" . 'p' x 24 . "\r\n"
	. 'a=fingerprint:sha-256 AB' . ':AB' x 31 . "\r\na=setup:actpass\r\n";
my $bundle = "a=group:BUNDLE 0\r\n";
my $audio = audio(0);

# text in between, again and again, to the largest message there is

bomb('candidates', 'answer', after(
	'a=candidate:1 1 udp 2130706431 192.0.2.1 1234 typ host'));
bomb('candidates by name', 'answer', after(
	'a=candidate:1 1 udp 2130706431 a.example 1234 typ host'));
bomb('half candidates', 'answer', after('a=candidate:1 1 udp'));
bomb('attributes that nobody knows', undef, after('a=x'));
bomb('lines that nobody knows', undef, after('x='));
bomb('no lines', undef, after(''));
bomb('bare line feeds', undef, $session . $bundle . $transport
	. "\n" x 30000 . $audio);
bomb('payload types', undef, $session . $bundle . $transport
	. ($audio =~ s/ 111/ 111 100/r) . more('a=rtpmap:100 VP8/90000'));
bomb('a line of payload types', undef, $session . $bundle . $transport
	. ($audio =~ s/(m=.*)/$1 . ' 99' x 1300/er));
bomb('the same format again', undef, after('a=fmtp:111 minptime=10'));
bomb('a long format', undef, $session . $bundle . $transport . $audio
	. 'a=fmtp:111 ' . 'x=1;' x 1000 . "\r\n");
bomb('feedback', undef, after('a=rtcp-fb:111 nack'));
bomb('header extensions', undef,
	after('a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid'));
bomb('SSRCs', undef, after(sub { 'a=ssrc:' . (1 + $_[0]) . ' cname:x' }));
bomb('groups of SSRCs', undef, after('a=ssrc-group:FID 1 2'));
bomb('layers', undef, after(sub { "a=rid:$_[0] send" }));
bomb('fingerprints', undef, after('a=fingerprint:sha-256 AB'
	. ':AB' x 31));
bomb('passwords', undef, after('a=ice-pwd:' . 'p' x 24));
bomb('mids', undef, after(sub { "a=mid:$_[0]" }));
bomb('groups', undef, after('a=group:BUNDLE 0'));
bomb('a group of thousands', undef, $session . 'a=group:BUNDLE '
	. join(' ', 0 .. 900) . "\r\n" . $transport . $audio);
bomb('thousands of groups', undef, $session . join('', map {
	'a=group:BUNDLE ' . join(' ', 0 .. 900) . "\r\n"
} 1 .. 15) . $transport . $audio);
bomb('one line', undef, $session . 'a=' . 'x' x $size);
bomb('no end', undef, $session . $bundle . $transport . $audio . 'a='
	. 'x' x ($size - 2000));
bomb('zeros', undef, '0' x $size);
bomb('spaces', undef, ' ' x $size);
bomb('colons', undef, $session . ('a=' . ':' x 4000 . "\r\n") x 16);
bomb('text of many bytes', undef, $session . "s=\x{1f600}\r\n" x 5000);

# m-lines: as many as fit, as many as are allowed, and one more

bomb('m-lines and nothing else', 'error', $session . $bundle . $transport
	. "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" x 1800);
bomb('rejected m-lines', undef, $session . $bundle . $transport . $audio
	. "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n" x 1700);
bomb('m-lines of no kind', undef, $session . $bundle . $transport
	. "m=x 9 x x\r\n" x 5000);
bomb('m-lines in half', undef, "m=audio\r\n" x 7000);
bomb('m-lines with one mid', undef, many(200, sub { 0 }, 'recvonly'));
bomb('two hundred tracks', 'error', many(200, sub { $_[0] }, 'sendonly'));
bomb('two hundred and fifty-six receivers', 'answer',
	many(256, sub { $_[0] }, 'recvonly'));
bomb('two hundred and fifty-seven', 'error',
	many(257, sub { $_[0] }, 'recvonly'));
bomb('long mids', undef, many(100, sub { 'm' x 32 . $_[0] }, 'recvonly'));

# a session that offers again and again, with all that is allowed

my $ws = $t->join($tag);
my $offer = many(256, sub { $_[0] }, 'recvonly');

$ws->offer(sdp => $offer);
$memory = memory($t);

my $before = cpu($t);

$ws->offer(sdp => $offer) for 1 .. 15;

my $each = (cpu($t) - $before) / 15;

cmp_ok($each, '<', $budget, sprintf 'fifteen offers, %.1f ms each',
	$each / 1000);
ok($ENV{SECMEET_PRELOAD} || memory($t) - $memory < 1024,
	'they take no memory');

# receivers that come and go have an SSRC each, up to a bound

for (1 .. 10) {
	$ws->offer(sdp => $offer =~ s/recvonly/inactive/gr);
	$ws->offer(sdp => $offer);
}

ok($ENV{SECMEET_PRELOAD} || memory($t) - $memory < 4096,
	'nor do receivers that come and go');

# tracks that are announced, and never sent

my $video = audio(0, 'sendonly') =~ s/audio/video/r =~ s/opus.*/VP8\/90000/r;
my $tracks = $session . "a=group:BUNDLE 0 1 2 3 4 5 6 7\r\n" . $transport
	. join '', map { $video =~ s/mid:0/mid:$_/r } 0 .. 7;

$memory = memory($t);

my @sessions = map { scalar $t->join($tag) } 1 .. 20;
my @answers = map { $_->offer(sdp => $tracks)->{type} } @sessions;

is_deeply(\@answers, [ ('answer') x 20 ], 'a hundred and sixty tracks');
ok($ENV{SECMEET_PRELOAD} || memory($t) - $memory < 4096,
	'they take memory when they send');
$_->disconnect() for @sessions;

diag(sprintf 'the slowest took %.1f ms', $largest / 1000);

# the room is as it was

$keeper->send('send', data => 'hello');
ok($ws->wait('message'), 'the meeting goes on');

###############################################################################

sub audio {
	my ($mid, $direction) = @_;

	$direction //= 'sendrecv';

	return "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"
		. "a=mid:$mid\r\na=$direction\r\na=rtcp-mux\r\n"
		. "a=rtpmap:111 opus/48000/2\r\n";
}

sub many {
	my ($n, $mid, $direction) = @_;

	my @mids = map { $mid->($_) } 1 .. $n;

	return $session . "a=group:BUNDLE @mids\r\n" . $transport
		. join '', map { audio($_, $direction) } @mids;
}

# a good description, then one line as often as it fits

sub after {
	my ($line) = @_;
	return $session . $bundle . $transport . $audio . more($line);
}

sub more {
	my ($line) = @_;

	my $text = '';

	for (my $i = 0; length $text < $size - 2000; $i++) {
		$text .= (ref $line ? $line->($i) : $line) . "\r\n";
	}

	return $text;
}

# a fresh session for each, so that none lives by another's state

sub bomb {
	my ($name, $expected, $sdp) = @_;

	my $ws = $t->join($tag);
	my $text = JSON::PP->new->utf8->encode({ type => 'offer', sdp => $sdp });

	# JSON makes it longer

	while (length $text > 65536) {
		$sdp = substr $sdp, 0, length($sdp) - (length($text) - 65536);
		$text = JSON::PP->new->utf8->encode({
			type => 'offer', sdp => $sdp
		});
	}

	my $before = cpu($t);

	$ws->send_text($text);

	my $answer = $ws->read_message() || { type => 'nothing' };
	my $took = cpu($t) - $before;

	$largest = $took if $took > $largest;

	like($answer->{type}, defined $expected ? qr/^$expected$/
		: qr/^(?:answer|error)$/, "$name: " . length($text) . ' bytes, '
		. ($answer->{code} // $answer->{type})
		. ($answer->{message} ? " ($answer->{message})" : ''));
	cmp_ok($took, '<', $budget, sprintf '%s: %.1f ms', $name, $took / 1000);

	$ws->send('leave');
	$ws->close_code();

	return;
}

###############################################################################
