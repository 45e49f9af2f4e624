// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {EscrowTest, bound, vm} from "./support/EscrowTest.sol";

/// @notice The one address that is paid, and how the admin changes it.
contract KustodiaEscrowSettlementTest is EscrowTest {
    address private constant NEXT = address(0x2E87);

    function test_settlement_isTheBridgeWalletAtFirst() public {
        KustodiaEscrow fresh = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        vm.assertEq(fresh.settlement(), BRIDGE, "settlement");
        vm.assertEq(fresh.scheduledSettlement(), address(0), "none scheduled");
    }

    function test_scheduleSettlement_changesNothingYet() public {
        vm.prank(ADMIN);
        escrow.scheduleSettlement(NEXT);
        vm.assertEq(escrow.settlement(), SETTLEMENT, "in force");
        vm.assertEq(escrow.scheduledSettlement(), NEXT, "scheduled");
        vm.assertEq(escrow.settlementSchedule(), START + ADMIN_DELAY, "schedule");
    }

    function testFuzz_applySettlement_waitsForTheDelay(uint48 delay, uint256 waited) public {
        delay = uint48(bound(delay, 0, 30 days));
        waited = bound(waited, 0, 2 * uint256(delay));
        KustodiaEscrow fresh = new KustodiaEscrow(ADMIN, delay, BRIDGE, address(token));
        vm.prank(ADMIN);
        fresh.scheduleSettlement(NEXT);
        vm.warp(START + waited);
        bool early = waited < delay;
        if (early) {
            vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementNotDue.selector, NEXT, START + delay));
        }
        vm.prank(ADMIN);
        fresh.applySettlement();
        vm.assertEq(fresh.settlement(), early ? BRIDGE : NEXT, "in force");
    }

    function test_scheduleSettlement_waitsAsLongAsTheContractWasMadeWith() public {
        uint48[3] memory delays = [uint48(0), 2 days, 7 days];
        for (uint256 i; i < 3; ++i) {
            KustodiaEscrow fresh = new KustodiaEscrow(ADMIN, delays[i], BRIDGE, address(token));
            vm.prank(ADMIN);
            fresh.scheduleSettlement(NEXT);
            vm.assertEq(fresh.settlementSchedule(), START + delays[i], "schedule");
        }
    }

    function test_applySettlement_waitsToTheSecond() public {
        vm.startPrank(ADMIN);
        escrow.scheduleSettlement(NEXT);
        vm.warp(START + ADMIN_DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementNotDue.selector, NEXT, START + ADMIN_DELAY));
        escrow.applySettlement();
        vm.warp(START + ADMIN_DELAY);
        escrow.applySettlement();
        vm.assertEq(escrow.settlement(), NEXT, "in force");
    }

    function test_applySettlement_needsOneToBeScheduled() public {
        KustodiaEscrow fresh = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementNotDue.selector, address(0), 0));
        vm.prank(ADMIN);
        fresh.applySettlement();
    }

    function test_scheduleSettlement_replacesTheEarlierOneAndWaitsAnew() public {
        vm.startPrank(ADMIN);
        escrow.scheduleSettlement(NEXT);
        vm.warp(START + ADMIN_DELAY);
        escrow.scheduleSettlement(STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(IKustodiaEscrow.SettlementNotDue.selector, STRANGER, START + 2 * ADMIN_DELAY)
        );
        escrow.applySettlement();
    }

    function test_scheduleSettlement_ofTheOneInForce_callsAChangeOff() public {
        vm.startPrank(ADMIN);
        escrow.scheduleSettlement(NEXT);
        escrow.scheduleSettlement(SETTLEMENT);
        vm.warp(START + ADMIN_DELAY);
        escrow.applySettlement();
        vm.assertEq(escrow.settlement(), SETTLEMENT, "in force");
    }

    function test_theDelayCannotBeShortenedToHurryAChange() public {
        vm.startPrank(ADMIN);
        escrow.changeDefaultAdminDelay(0);
        escrow.scheduleSettlement(NEXT);
        vm.warp(START + ADMIN_DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementNotDue.selector, NEXT, START + ADMIN_DELAY));
        escrow.applySettlement();
        escrow.scheduleSettlement(STRANGER);
        vm.assertEq(escrow.settlementSchedule(), START + 2 * ADMIN_DELAY - 1, "the old delay still holds");

        // The admin's own delay is none from here on. That of the settlement address is what it was.
        vm.warp(START + 3 * ADMIN_DELAY);
        vm.assertEq(escrow.defaultAdminDelay(), 0, "the admin's delay");
        escrow.scheduleSettlement(NEXT);
        vm.expectRevert(
            abi.encodeWithSelector(IKustodiaEscrow.SettlementNotDue.selector, NEXT, START + 4 * ADMIN_DELAY)
        );
        escrow.applySettlement();
    }

    function test_scheduleSettlement_refusesWhatCannotBePaid() public {
        vm.startPrank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementUnusable.selector, address(0)));
        escrow.scheduleSettlement(address(0));
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.SettlementUnusable.selector, address(escrow)));
        escrow.scheduleSettlement(address(escrow));
    }

    function testFuzz_onlyTheAdminChangesTheSettlementAddress(address caller) public {
        vm.assume(caller != ADMIN);
        expectMissingRole(caller, ADMIN_ROLE);
        vm.prank(caller);
        escrow.scheduleSettlement(caller);

        vm.prank(ADMIN);
        escrow.scheduleSettlement(NEXT);
        vm.warp(START + ADMIN_DELAY);
        expectMissingRole(caller, ADMIN_ROLE);
        vm.prank(caller);
        escrow.applySettlement();
    }

    function test_anEscrowPaysTheAddressThatWasInForceWhenItWasFunded() public {
        uint256 before = create();
        setSettlement(NEXT);
        uint256 afterwards = create(OTHER_REF);
        vm.warp(DEADLINE + ADMIN_DELAY);
        vm.startPrank(BRIDGE);
        escrow.release(afterwards);
        escrow.release(before);
        assertMoneyAt(SETTLEMENT, AMOUNT);
        assertMoneyAt(NEXT, AMOUNT);
    }

    function test_everyWayOutPaysTheSettlementAddress() public {
        setSettlement(NEXT);
        vm.warp(START);
        uint256 early = create(keccak256("release early"));
        uint256 called = create(keccak256("cancel early"));
        uint256 lost = create(keccak256("resolve early"));
        bytes32[3] memory acts = [escrow.RELEASE_EARLY(), escrow.CANCEL_EARLY(), escrow.RESOLVE_FOR_BUYER_EARLY()];
        vm.prank(BRIDGE);
        escrow.dispute(lost, "");
        bytes[3] memory signatures = [approve(acts[0], early), approve(acts[1], called), approve(acts[2], lost)];
        vm.startPrank(BRIDGE);
        escrow.releaseEarly(early, APPROVER, EXPIRY, signatures[0]);
        escrow.cancelEarly(called, APPROVER, EXPIRY, signatures[1]);
        escrow.resolveForBuyerEarly(lost, APPROVER, EXPIRY, signatures[2]);
        assertMoneyAt(NEXT, 3 * AMOUNT);
        assertMoney(0, 0, 3 * AMOUNT);
    }

    function test_aBlacklistedSettlementAddress_strandsNothing() public {
        uint256 id = create();
        vm.warp(DEADLINE);
        token.blacklist(SETTLEMENT);
        vm.expectRevert(bytes("Blacklistable: account is blacklisted"));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(id, IKustodiaEscrow.Status.Funded);

        vm.prank(ADMIN);
        escrow.scheduleSettlement(NEXT);
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        vm.prank(APPROVER);
        escrow.redirect(ids, NEXT);
        vm.prank(BRIDGE);
        escrow.release(id);
        assertMoneyAt(NEXT, AMOUNT);
    }

    function assertMoneyAt(address account, uint256 amount) private view {
        vm.assertEq(token.balanceOf(account), amount, "balance");
    }

    function assertMoney(uint256 held, uint256 settled, uint256 elsewhere) private view {
        vm.assertEq(token.balanceOf(address(escrow)), held, "contract's balance");
        vm.assertEq(token.balanceOf(SETTLEMENT), settled, "the old settlement address's balance");
        vm.assertEq(token.balanceOf(BRIDGE), RICH - held - settled - elsewhere, "bridge's balance");
    }
}
