#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Media by TCP on the port of the site's own https, by the configurations
# that README.md prints: with "secmeet_tcp" in the site's server, and with
# "secmeet_media" where stream passes https on.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use IO::Socket::INET ();
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;
use Time::HiRes qw/ sleep time /;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();
$t->skip_all('no curl') unless `curl --version 2>&1` =~ /^curl .*OpenSSL/;

my $dir = $t->testdir();

$t->certificate('localhost') or $t->skip_all('no openssl');

my $peer = Test::Secmeet::Peer->new();
my $readme = slurp("$Test::Secmeet::TOP/README.md");
my $site;

$t->plan();
$t->write_file('index.html', "the site\n");

###############################################################################

# as they are in README.md, with other ports, and a way to the rooms without
# TLS for this script

for my $name ('secmeet_tcp', 'proxy_pass') {
	configure($name);
	$t->run();
	site($name);
	media($name);
	$t->stop();
}

###############################################################################

sub configure {
	my ($name) = @_;

	my $printed = $name eq 'secmeet_tcp'
		? printed("## secmeet_media\n") . printed("## Networks without UDP\n")
		: printed('already, since');

	my $more = "include $dir/tls.conf; location /meet/rooms/ { "
		. 'secmeet meet; } location = /status { secmeet_status; }';

	$t->write_file('tls.conf', "ssl_certificate $dir/cert.pem;\n"
		. "ssl_certificate_key $dir/key.pem;\n");

	my $conf = "worker_processes 3;\nevents { }\n"
		. $printed =~ s/^ +\.\.\.$/$more/mr;

	$conf =~ s/listen (?=\d+\b[^.])/listen 127.0.0.1:/g;
	$conf =~ s/\[::\]/[::1]/g;
	$conf =~ s/192\.0\.2\.1/127.0.0.1/g;
	$conf =~ s/:(443|3478|8443)\b/':' . $t->port($1)/ge;
	$conf =~ s/^http \{\n/http {\n%%GLOBALS_HTTP%%
		server { listen 127.0.0.1:%%PORT_8080%%;
		location \/meet\/rooms\/ { secmeet meet; }
		location = \/status { secmeet_status; } }\n/m;

	$t->write_file_expand('nginx.conf', "%%GLOBALS%%\n$conf");

	return;
}

# the first configuration of README.md after these words

sub printed {
	my ($words) = @_;

	my ($block) = $readme =~ /\Q$words\E.*?
		((?:^\ {4}(?:http|stream)\ \{\n(?:^(?:\ {4}[^\n]*)?\n)+))/msx;

	die "README.md has no configuration after $words\n" unless $block;

	return $block =~ s/^ {4}//mgr;
}

###############################################################################

sub site {
	my ($name) = @_;

	my $port = $t->port(443);
	my $url = "https://127.0.0.1:$port/";

	is(curl($url), "the site\n", "$name: the site by https");
	is(curl("--http2 $url"), "the site\n", "$name: and by HTTP/2");
	is(curl("$url $url $url"), "the site\n" x 3, "$name: on one connection");

	# the site sees whose the connection is

	$t->write_file('access.log', '');
	$t->signal('USR1');
	is(curl("--interface 127.0.0.9 $url"), "the site\n",
		"$name: from another address");
	ok(waitfor(sub { $t->read_file('access.log') =~ /^127\.0\.0\.9 /m }),
		"$name: which the log has");

	# what is no TLS

	like(curl("http://127.0.0.1:$port/"), qr/plain HTTP/,
		"$name: plain HTTP gets the site's answer");

	# who says nothing for long may still begin

	my $slow = IO::Socket::INET->new("127.0.0.1:$port");

	sleep 5.5;
	print $slow "GET / HTTP/1.0\r\n\r\n";
	like(ended($slow), qr/plain HTTP request was sent to HTTPS/,
		"$name: who was silent is served");

	# one byte that might have been media's

	my $early = IO::Socket::INET->new("127.0.0.1:$port");

	print $early "\0";
	sleep 0.2;
	print $early "\x10\x16\x03\x01" . 'x' x 100;
	ok(defined ended($early), "$name: what is neither is closed");

	return;
}

sub slurp {
	my ($path) = @_;

	open my $fh, '<', $path or die "$path: $!\n";
	local $/;

	return scalar <$fh>;
}

sub curl {
	my ($args) = @_;
	return `curl -s -k --max-time 10 $args 2>&1`;
}

# all that comes until the end

sub ended {
	my ($socket) = @_;

	my $end = time() + 10;
	my $all = '';

	while (time() < $end) {
		next unless IO::Select->new($socket)->can_read(1);
		return $all unless sysread $socket, $all, 65536, length $all;
	}

	return;
}

###############################################################################

sub media {
	my ($name) = @_;

	my ($tag) = $t->create_room();
	my @members = map {
		Test::Secmeet::Member->new($t, $peer, name => $_, tcp => 1)
	} qw/ alice bob carol dave /;

	$_->join($tag)->publish('audio', 'video') for @members;

	is(grep({ $_->connected(10) && $_->complete(6, 10) } @members), 4,
		"$name: all are connected");
	is(join(' ', map { $_->stats()->{ice}{remote} =~ s/.*://r } @members),
		join(' ', ($t->port(443)) x 4), "$name: on the site's port");

	for (@members) {
		$_->start('audio', rate => 50, size => 120, count => 100);
		$_->start('video', rate => 150, size => 1100, frame => 5,
			count => 300);
	}

	is(grep({ $_->wait('done') && $_->wait('done') } @members), 4,
		"$name: all have sent");

	ok(loop(sub { !grep { short($_, @members) } @members }, 5),
		"$name: nobody lost a packet");

	$_->leave() for @members;

	return;
}

# how many packets of the others are not here

sub short {
	my ($to, @members) = @_;

	my $heard = $to->heard();
	my $short = 0;

	for my $from (grep { $_ != $to } @members) {
		$short += 100 - ($heard->{$from->marked('audio')}{packets} // 0);
		$short += 300 - ($heard->{$from->marked('video')}{packets} // 0);
	}

	return $short;
}

###############################################################################
